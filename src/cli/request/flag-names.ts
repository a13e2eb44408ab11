const FLAGS: Readonly<Record<string, string>> = {
  template_id: '--template',
  symbols: '--symbol',
  timeframe: '--timeframe',
  start: '--start',
  end: '--end',
  capital: '--capital',
  leverage: '--leverage',
  fee_model: '--fee-model',
  fee_bps: '--fee-bps',
  params: '--param',
};

/**
 * The flag of `submit` for a field of the request: `--capital` for `capital`, `--param fast` for `params.fast`, the second
 * `--symbol` for `symbols.1`. The path itself where there is none.
 */
export function flagOf(path: string): string {
  const [field = '', ...rest] = path.split('.');
  const flag = Object.hasOwn(FLAGS, field) ? FLAGS[field] : undefined;
  if (flag === undefined) return path;
  if (field === 'params' && rest.length > 0) return `${flag} ${rest.join('.')}`;
  if (field === 'symbols' && rest.length > 0) return `${flag} (number ${String(Number(rest[0]) + 1)})`;
  return flag;
}
