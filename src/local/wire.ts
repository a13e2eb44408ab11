import { z } from 'zod';

/** An answer that refuses. */
export const refusal = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});

/** An API key with its secret. */
export const credentials = z.object({ api_key: z.string(), api_secret: z.string() });
/** An API key with its secret. */
export type Credentials = z.infer<typeof credentials>;
