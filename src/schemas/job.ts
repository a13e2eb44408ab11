import * as z from 'zod';
import { AS_INPUT } from './messages.ts';
import {
  decimal,
  instant,
  positiveDecimal,
  symbol,
  timeframe,
  toInstant,
  whenFit,
  wholeNumber,
} from './primitives.ts';
import { TEMPLATES, TEMPLATE_IDS, type TemplateId } from './templates.ts';

const MAX_SPAN_YEARS = 5;

/** How fees are charged; the rates are in the engine. */
export const feeModel = z
  .enum(['none', 'fixed_bps', 'tiered_maker_taker', 'match_exchange'])
  .describe(
    'What each fill costs, of its notional. `none`: nothing. `fixed_bps`: `fee_bps`. `match_exchange`: 10 basis points. ' +
      '`tiered_maker_taker`: from 10 down to 4 (maker) and 6 (taker), by what was traded in the 30 simulated days before.',
  );
/** How fees are charged. */
export type FeeModel = z.infer<typeof feeModel>;

/** Lets a rule about a whole list speak whatever is wrong with its elements. */
function isList({ value }: { value: unknown }): boolean {
  return Array.isArray(value);
}

const common = {
  symbols: z
    .array(symbol)
    .refine((symbols) => symbols.length >= 1 && symbols.length <= 10, {
      error: 'must name 1 to 10 symbols',
      when: isList,
    })
    .refine((symbols) => new Set(symbols).size === symbols.length, {
      error: 'must be distinct',
      when: isList,
    })
    .meta({
      description: '1-10 distinct symbols; more than one only with a template whose `multi_symbol` is true.',
      minItems: 1,
      maxItems: 10,
      uniqueItems: true,
    }),
  timeframe: timeframe.describe('Length of the candles.'),
  start: instant.describe('First instant of the window, inclusive. Before `end`.'),
  end: instant.describe(
    'Last instant of the window, inclusive. After `start`, at most five years after it, and not in the future.',
  ),
  capital: positiveDecimal.describe('Money to begin with, in the quote currency. Above zero.'),
};

const feeBps = decimal
  .refine((text) => Number(text) <= 1000, 'must be at most 1000')
  .describe('Fee of each fill in basis points, 0 to 1000. In `config` only with `fixed_bps`.');
const leverage = wholeNumber(1, 20).describe(
  'How many times its equity a position may be worth; 1 is none borrowed.',
);

function configOf<Id extends TemplateId, Params extends z.ZodType>(id: Id, params: Params) {
  return z
    .object({
      template_id: z.literal(id),
      params,
      ...common,
      leverage,
      fee_model: feeModel,
      fee_bps: feeBps.exactOptional(),
    })
    .meta({ id: `${id}_config` });
}

/** A backtest as resolved: defaults filled in, fields in the order the contract lists them, `fee_bps` only with `fixed_bps`. */
export const jobConfig = z.discriminatedUnion('template_id', [
  configOf('tpl_grid', TEMPLATES.tpl_grid.params),
  configOf('tpl_breakout', TEMPLATES.tpl_breakout.params),
  configOf('tpl_momentum', TEMPLATES.tpl_momentum.params),
  configOf('tpl_meanrev', TEMPLATES.tpl_meanrev.params),
  configOf('tpl_dca', TEMPLATES.tpl_dca.params),
]);
/** A backtest as resolved. */
export type JobConfig = z.infer<typeof jobConfig>;

const asked = {
  ...common,
  leverage: leverage.default(1),
  fee_model: feeModel.default('fixed_bps'),
  fee_bps: feeBps
    .default('5')
    .describe(
      'Fee of each fill in basis points, 0 to 1000. With any fee model but `fixed_bps` it is checked all the same, and left ' +
        'out of `config`.',
    ),
};

/** Any request's fields, whatever its template: `params` is checked by {@link templateRules}. */
const createFields = z.strictObject({
  template_id: z.enum(TEMPLATE_IDS),
  params: z.record(z.string(), z.unknown()),
  ...asked,
});

function requestOf<Id extends TemplateId, Params extends z.ZodType>(id: Id, params: Params) {
  return z.strictObject({ template_id: z.literal(id), params, ...asked }).meta({ id: `${id}_request` });
}

/** A create request as documents and types have it; {@link parseCreateJob} checks the same, and also what spans fields. */
export const createJobRequest = z.discriminatedUnion('template_id', [
  requestOf('tpl_grid', TEMPLATES.tpl_grid.params),
  requestOf('tpl_breakout', TEMPLATES.tpl_breakout.params),
  requestOf('tpl_momentum', TEMPLATES.tpl_momentum.params),
  requestOf('tpl_meanrev', TEMPLATES.tpl_meanrev.params),
  requestOf('tpl_dca', TEMPLATES.tpl_dca.params),
]);
/** A create request as a client writes it: what has a default may be left out. */
export type CreateJobRequest = z.input<typeof createJobRequest>;

/** `start` and `end` as one window. Each rule speaks only of instants that are well-formed by themselves. */
function windowRules(now: number) {
  const when = whenFit(z.object({ start: instant, end: instant }));
  return z
    .object({ start: instant, end: instant })
    .refine(({ start, end }) => start < end, { path: ['end'], message: 'must be after start', when })
    .refine(({ start, end }) => Date.parse(end) <= yearsAfter(Date.parse(start), MAX_SPAN_YEARS), {
      path: ['end'],
      message: `must be at most ${String(MAX_SPAN_YEARS)} years after start`,
      when,
    })
    .refine(({ end }) => Date.parse(end) <= now, {
      path: ['end'],
      message: `must not be in the future; it is ${toInstant(now)} here`,
      when: whenFit(z.object({ end: instant })),
    });
}

function yearsAfter(ms: number, years: number): number {
  const date = new Date(ms);
  return date.setUTCFullYear(date.getUTCFullYear() + years);
}

/** What the chosen template asks of `params` and `symbols`. */
function templateRules(id: TemplateId) {
  const { params, multi_symbol } = TEMPLATES[id];
  return z.object({
    params,
    symbols: multi_symbol
      ? z.unknown()
      : z
          .unknown()
          .refine((symbols) => !Array.isArray(symbols) || symbols.length <= 1, `${id} takes one symbol`),
  });
}

/** The outcome of {@link parseCreateJob}. Several rules may find the same fault. */
export type CreateJobOutcome = { ok: true; config: JobConfig } | { ok: false; issues: z.core.$ZodIssue[] };

/**
 * Checks the body of a create request, and resolves it.
 * Rules that span fields are checked on their own, so that one bad field never hides another.
 * @param now milliseconds since the epoch; `end` may not be later.
 */
export function parseCreateJob(body: unknown, now: number): CreateJobOutcome {
  const fields = createFields.safeParse(body, AS_INPUT);
  const template = z.object({ template_id: z.enum(TEMPLATE_IDS) }).safeParse(body, AS_INPUT);
  const rules = template.success
    ? templateRules(template.data.template_id).safeParse(body, AS_INPUT)
    : template;
  const window = windowRules(now).safeParse(body, AS_INPUT);
  if (!fields.success || !rules.success || !window.success) {
    return {
      ok: false,
      issues: [fields, rules, window].flatMap((part) => part.error?.issues ?? []),
    };
  }
  const { fee_bps, ...rest } = fields.data;
  return {
    ok: true,
    config: jobConfig.parse(rest.fee_model === 'fixed_bps' ? { ...rest, fee_bps } : rest),
  };
}
