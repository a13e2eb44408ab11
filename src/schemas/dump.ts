/** What a dump of candles may weigh as it is sent, in bytes: 32 MiB. */
export const DUMP_LIMIT = 32 * 1024 * 1024;
