import { describe, expect, it } from 'vitest';
import { progressBar } from '../../src/local/progress.ts';
import { Screen } from '../../src/local/screen.ts';
import { sparkline } from '../../src/local/sparkline.ts';

describe('A sparkline', () => {
  it('goes from the lowest block to the highest', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe('▁▂▃▄▅▆▇█');
  });

  it('averages what is more than its width', () => {
    expect(sparkline([0, 2, 7, 9], 2)).toBe('▁█');
  });

  it('draws equal values low, and nothing as nothing', () => {
    expect(sparkline([5, 5, 5], 10)).toBe('▁▁▁');
    expect(sparkline([], 10)).toBe('');
  });
});

describe('A progress bar', () => {
  it.each([
    [0, `${'░'.repeat(30)}   0.0 %`],
    [0.5, `${'█'.repeat(15)}${'░'.repeat(15)}  50.0 %`],
    [0.9999, `${'█'.repeat(29)}░  99.9 %`],
    [1, `${'█'.repeat(30)} 100.0 %`],
  ])('draws %d', (progress, bar) => {
    expect(progressBar(progress)).toBe(bar);
  });
});

describe('The screen', () => {
  function record(isTTY: boolean): { screen: Screen; written: string[] } {
    const written: string[] = [];
    return { screen: new Screen({ isTTY, write: (text) => written.push(text) }), written };
  }

  it('redraws progress in place on a terminal', () => {
    const { screen, written } = record(true);
    for (const progress of [0.1, 0.1, 0.2]) screen.progress('running', progress);
    expect(written.map((text) => text.startsWith('\r'))).toEqual([true, true]);
    screen.say('done');
    expect(written.slice(2)).toEqual(['\n', '  done\n']);
  });

  it('prints a line for each tenth elsewhere, without control characters', () => {
    const { screen, written } = record(false);
    for (const progress of [0.1, 0.11, 0.19, 0.2]) screen.progress('running', progress);
    screen.good('done');
    expect(written).toHaveLength(3);
    expect(written.join('')).not.toMatch(/[\r\u001b]/);
  });
});
