import {
  fromDay,
  isRecord,
  numberOr,
  recordOf,
  throughDay,
  typedParams,
  type ParamsSchema,
} from './values.ts';

/** The flags of `submit` that are fields of the request. */
export interface RequestFlags {
  readonly template?: string;
  readonly param?: Readonly<Record<string, string>>;
  readonly symbol?: readonly string[];
  readonly timeframe?: string;
  readonly start?: string;
  readonly end?: string;
  readonly capital?: string;
  readonly leverage?: string;
  readonly feeModel?: string;
  readonly feeBps?: string;
}

/** Which template a request is for; undefined where neither flags nor file say. */
export function templateOf(flags: RequestFlags, file: Readonly<Record<string, unknown>>): string | undefined {
  const id = flags.template ?? file.template_id;
  return typeof id === 'string' ? id : undefined;
}

/**
 * The body of a create request: the fields of the file, and over them those of the flags, parameters one by one.
 * Nothing is checked and no default filled in: that is the service's.
 * @param schema of the template's parameters, for the types of `--param`.
 */
export function buildRequest(
  flags: RequestFlags,
  file: Readonly<Record<string, unknown>>,
  schema: ParamsSchema | undefined,
): Record<string, unknown> {
  const params = typedParams(flags.param ?? {}, schema);
  const own = {
    template_id: flags.template,
    params: flags.param === undefined ? undefined : { ...recordOf(file.params), ...params },
    symbols: flags.symbol,
    timeframe: flags.timeframe,
    start: flags.start === undefined ? undefined : fromDay(flags.start),
    end: flags.end === undefined ? undefined : throughDay(flags.end),
    capital: flags.capital,
    leverage: flags.leverage === undefined ? undefined : numberOr(flags.leverage),
    fee_model: flags.feeModel,
    fee_bps: flags.feeBps,
  };
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...file, ...Object.fromEntries(given) };
}

/**
 * The fields in a file.
 * @throws Error where it is no JSON object.
 */
export function parseRequest(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new Error('it holds no JSON object');
  return value;
}
