const FIELDS = ['tick', 'step', 'min_notional'] as const;

/** How a symbol is quantized, as decimals. What is left out is as it is stored of the symbol, or else the default. */
export type Spec = Readonly<Partial<Record<(typeof FIELDS)[number], string | undefined>>>;

/** Path and query of the request that loads a dump. */
export function importTarget(symbol: string, timeframe: string, spec: Spec): string {
  const query = new URLSearchParams();
  for (const field of FIELDS) {
    const value = spec[field];
    if (value !== undefined) query.set(field, value);
  }
  const path = `/v1/admin/candles/${encodeURIComponent(symbol)}/${encodeURIComponent(timeframe)}`;
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** How a field of that request is called on a command line. `file` is where the dump comes from. */
export function importFlag(field: string, file: string): string {
  if (field === 'body') return file;
  return field === 'symbol' || field === 'timeframe' ? field : `--${field.replaceAll('_', '-')}`;
}

/** What the service says of a dump, with `?tick=` as the flag that it is on a command line. */
export function inFlags(message: string): string {
  return message.replace(/\?tick=(?=\d)/g, '--tick ').replaceAll('?tick=', '--tick');
}
