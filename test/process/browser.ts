import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

/** Where this machine's Chromium is; undefined where it has none. */
export const CHROMIUM = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
);

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser that has never been used. */
export interface Browser {
  readonly context: BrowserContext;
  readonly close: () => Promise<void>;
}

/** Starts {@link CHROMIUM}. */
export async function startBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('This machine has no Chromium.');
  const directory = mkdtempSync(join(tmpdir(), 'pipai-browser-'));
  const context = await chromium.launchPersistentContext(directory, {
    executablePath: CHROMIUM,
    args: FLAGS,
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A page, and what is held against it. */
export interface Visit {
  readonly page: Page;
  /** Fails where the page is wider than its window, has logged an error, or asked another host for anything. */
  readonly expectSound: () => Promise<void>;
}

/** Opens a page of the service at `url` in a window of this width. */
export async function visit({ context }: Browser, url: string, path: string, width: number): Promise<Visit> {
  const page = await context.newPage();
  onTestFinished(() => page.close());
  const errors: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:')) {
      strangers.push(request.url());
    }
  });
  await page.setViewportSize({ width, height: 800 });
  await page.goto(url + path);
  return {
    page,
    expectSound: async () => {
      expect([errors, strangers]).toEqual([[], []]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    },
  };
}
