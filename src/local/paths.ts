import { fileURLToPath } from 'node:url';

/** The checkout's own directory. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url).href);
/** The secrets of the local service, in the form wrangler reads by itself. Git-ignored. */
export const DEV_VARS = `${ROOT}.dev.vars`;
/** Where `npm start` notes that it runs. */
export const RUNNING = `${ROOT}.wrangler/running.json`;
/** What `npm run client:build` makes. Git-ignored. */
export const CLIENT_DIST = `${ROOT}dist/client`;
/** The local demo account's API key. Git-ignored. */
export const DEV_KEY = `${ROOT}.dev.key.json`;
