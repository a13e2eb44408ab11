import type { ParsedApiKey } from '../auth/api-key.ts';
import type { ErrorCode } from '../errors.ts';
import type { Settings } from '../settings.ts';

/** What middleware has found out about a request by the time a handler runs. */
export interface AppEnv {
  Bindings: Cloudflare.Env;
  Variables: {
    /** Checked variables of the service. */
    settings: Settings;
    /** Of this request, echoed in the answer. */
    requestId: string;
    /** After `readBody`: the raw body, within its limit; empty where there was none. */
    body: Uint8Array<ArrayBuffer>;
    /** After `signed`: the key that signed the request. */
    apiKey: ParsedApiKey;
    /** After an error: its code. */
    outcome: ErrorCode;
    /** After `signed`: the signature in lower-case hex. */
    signature: string;
  };
}

/** A request on its way out, however far it came: what middleware would have found out may be missing. */
export interface LeavingEnv {
  Bindings: Cloudflare.Env;
  Variables: Partial<AppEnv['Variables']>;
}
