import { beforeAll, describe, expect, it } from 'vitest';
import { mintKey } from '../../src/local/operator.ts';
import { freePort } from '../../src/local/ports.ts';
import { Service } from '../../src/local/service.ts';
import { throwAway } from '../../src/local/throw-away.ts';
import { Trader } from '../../src/local/trader.ts';
import type { Credentials } from '../../src/local/wire.ts';
import { CHROMIUM, startBrowser, visit, type Browser } from './browser.ts';

/** The pages of the service in a real browser. */

const STARTED_WITHIN_MS = 90_000;
const WIDTHS = [1280, 400];
const TEMPLATES = ['Grid', 'Breakout', 'Momentum', 'Mean reversion', 'Cost averaging'];
const TEN = ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'ADA', 'DOGE', 'AVAX', 'LINK', 'LTC'].map(
  (coin) => `${coin}USDT`,
);

const why = CHROMIUM === undefined ? ' (skipped: no /usr/bin/chromium, and CHROMIUM_PATH names none)' : '';
if (why !== '') console.warn(`No page is opened in a browser${why}`);

describe.skipIf(CHROMIUM === undefined)(`In a browser${why}`, () => {
  let url = '';
  let browser: Browser;
  let newKey: (account: string) => Promise<Credentials>;

  beforeAll(async () => {
    const place = throwAway();
    const { persistTo, envFile } = place;
    const service = new Service({ port: await freePort(), persistTo, envFile, output: 'pipe' });
    const stop = async () => {
      await service.kill();
      place.remove();
    };
    try {
      await service.ready();
      browser = await startBrowser();
    } catch (error) {
      await stop();
      throw error;
    }
    url = service.url;
    newKey = (account) => mintKey(url, place.adminToken, account);
    return async () => {
      await browser.close();
      await stop();
    };
  }, STARTED_WITHIN_MS);

  it.each(WIDTHS)(
    'the reference leads to every part, and tries an operation out, at %d px',
    async (width) => {
      const { page, expectSound } = await visit(browser, url, '/docs', width);
      await page.locator('#guide-examples').waitFor();
      await expectSound();
      const nav = await page.locator('.bar nav').innerHTML();
      const links = Array.from(nav.matchAll(/href="([^"]+)"/g), ([, link = '']) => link);
      expect(links).toEqual(
        expect.arrayContaining(['#guide-signing', '#guide-errors', '#operations-tag-Jobs']),
      );
      for (const link of links) expect([link, await page.locator(link).count()]).toEqual([link, 1]);

      const key = await newKey(`docs${String(width)}`);
      await page.getByText('Try it out: sign with a key of yours').click();
      await page.getByLabel('API key').fill(key.api_key);
      await page.getByLabel('API secret').fill(key.api_secret);
      for (const id of ['listJobs', 'createJob', 'getJob', 'cancelJob']) {
        await page.locator(`#operations-Jobs-${id} .opblock-summary-control`).click();
      }
      const create = page.locator('#operations-Jobs-createJob');
      await create.getByRole('button', { name: 'Try it out' }).click();
      await create.getByRole('button', { name: 'Execute' }).click();
      const status = create.locator('.live-responses-table tbody .response-col_status').first();
      await status.waitFor();
      expect(await status.textContent()).toMatch(/^201/);
      expect(await new Trader(url, key).list()).toHaveLength(1);
      await expectSound();
    },
  );

  it.each(WIDTHS)(
    'the reference goes to the part that an address or a link names, at %d px',
    async (width) => {
      const { page, expectSound } = await visit(browser, url, '/docs#guide-when-to-retry', width);
      /** Waits until it is at the top of the window, below what stays there. */
      const arrived = async (target: string) => {
        const bar = await page.locator('.bar').boundingBox();
        const below = (bar?.y ?? 0) + (bar?.height ?? 0);
        const seen = async () => {
          const y = (await page.locator(target).boundingBox())?.y ?? -1;
          return y > below && y < 200;
        };
        await expect.poll(seen, { timeout: 20_000 }).toBe(true);
      };
      await arrived('#guide-when-to-retry');
      for (const target of ['#guide-signing', '#operations-tag-Jobs']) {
        await page.locator(`.bar nav a[href="${target}"]`).click();
        await arrived(target);
      }
      await expectSound();
    },
  );

  it.each(WIDTHS)(
    'the console submits every template, watches a job and cancels it, at %d px',
    async (width) => {
      const { page, expectSound } = await visit(browser, url, '/', width);
      const key = await newKey(`console${String(width)}`);
      await page.getByLabel('API key').fill(key.api_key);
      await page.getByLabel('API secret').fill(key.api_secret);
      await page.getByRole('button', { name: 'Sign in' }).click();
      const template = page.getByLabel('Template');
      await template.waitFor();
      await expectSound();
      const done = page.locator('#new-done a');
      const seen = new Set<string>();
      const submit = async (): Promise<string> => {
        await page.getByRole('button', { name: 'Submit backtest' }).click();
        await expect
          .poll(async () => (await done.allTextContents()).filter((id) => !seen.has(id)))
          .toHaveLength(1);
        const id = (await done.textContent()) ?? '';
        seen.add(id);
        return id;
      };
      expect(await template.locator('option').allTextContents()).toEqual(TEMPLATES);
      for (const title of TEMPLATES) {
        await template.selectOption(title);
        expect(await page.locator('fieldset:visible .field .hint').count()).toBeGreaterThan(0);
        await submit();
        await expectSound();
      }
      const jobs = await new Trader(url, key).list();
      expect(new Set(jobs.map(({ config }) => config.template_id)).size).toBe(TEMPLATES.length);

      // An order a minute: enough to do, until somebody cancels.
      await template.selectOption('Cost averaging');
      await page.getByLabel('Every bars').fill('1');
      await page.getByLabel('Order quote').fill('10');
      await page.getByLabel('Capital').fill('300000000');
      await page.getByLabel('Symbols').fill(TEN.join(' '));
      await page.getByLabel('Timeframe').selectOption('1m');
      await page.getByLabel('Start (UTC)').fill('2020-01-01');
      await page.getByLabel('End (UTC)').fill('2024-12-31');
      const id = await submit();
      const row = page.locator('#jobs-rows tr').first();
      await row.getByText('running').waitFor();
      expect(await row.textContent()).toContain('BTCUSDT +9');
      await expectSound();
      await done.click();
      await page.getByLabel('Reason').fill('seen enough');
      await page.getByRole('button', { name: 'Cancel job' }).click();
      await page.locator('#job-status').getByText('cancelled').waitFor();
      await page.locator('#job-body').getByText('seen enough').waitFor();
      await expectSound();
      expect(await new Trader(url, key).get(id)).toMatchObject({ status: 'cancelled' });
    },
  );
});
