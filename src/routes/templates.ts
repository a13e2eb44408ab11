import { Hono } from 'hono';
import * as z from 'zod';
import type { AppEnv } from '../http/context.ts';
import { methodNotAllowed } from '../http/method-not-allowed.ts';
import { signed } from '../http/signed.ts';
import { TEMPLATES, TEMPLATE_IDS } from '../schemas/templates.ts';

/** Made of the schemas that check `params`; rules across parameters are told in the descriptions only. */
const CATALOGUE = TEMPLATE_IDS.map((id) => {
  const { title, description, multi_symbol, params } = TEMPLATES[id];
  return { id, title, description, multi_symbol, params: z.toJSONSchema(params) };
});

/** Which strategies there are. */
export const templates = new Hono<AppEnv>();

templates.get('/', ...signed({ permission: 'read', weight: 1 }), (c) => c.json({ data: CATALOGUE }));
templates.all('/', methodNotAllowed('GET'));
