import { timing } from 'hono/timing';

/**
 * `Server-Timing`: `total`, and of signed requests `auth`, in milliseconds. Answers 401 and 404 go without: they must not tell a
 * job of somebody else's from one that never was, and how long the one and the other take would.
 */
export const serverTiming = timing({
  totalDescription: '',
  enabled: (c) => c.res.status !== 401 && c.res.status !== 404,
});
