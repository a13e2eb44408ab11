const WIDTH = 30;

/** Progress from 0 to 1 as a bar with its percentage, always of one width. */
export function progressBar(progress: number): string {
  const share = Math.min(1, Math.max(0, progress));
  const full = Math.floor(share * WIDTH);
  const percent = `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${percent.padStart(7)}`;
}
