import { SIGNING, TEST_VECTORS } from './signing.ts';

/** How callers prove who they are. */

const signedHeader = (name: string, description: string) => ({
  type: 'apiKey' as const,
  in: 'header' as const,
  name,
  description,
});

/** The schemes, by the names that {@link SIGNED} and {@link ADMIN} use. */
export const SECURITY_SCHEMES = {
  apiKey: signedHeader(
    'X-PipAI-API-Key',
    'Your API key: `pk_`, the version of the master key behind its secret, its account and a random text. No secret.',
  ),
  timestamp: signedHeader(
    'X-PipAI-Timestamp',
    "Milliseconds since 1970-01-01T00:00:00Z, decimal. At most 30 seconds from the server's clock, unless the operator has set otherwise.",
  ),
  signature: {
    ...signedHeader('X-PipAI-Signature', SIGNING),
    'x-pipai-test-vectors': TEST_VECTORS,
  },
  adminToken: {
    type: 'http' as const,
    scheme: 'bearer',
    description: "The operator's `ADMIN_TOKEN`, sent as `Authorization: Bearer <ADMIN_TOKEN>`.",
  },
};

/** All three headers together. */
export const SIGNED: Record<string, string[]>[] = [{ apiKey: [], timestamp: [], signature: [] }];

/** The administration token. */
export const ADMIN: Record<string, string[]>[] = [{ adminToken: [] }];
