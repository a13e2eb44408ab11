/** How requests are signed, for readers. What verifies them is `src/auth/signature.ts`. */

/** A signed request worked out in full. */
export interface TestVector {
  readonly secret: string;
  readonly timestamp: string;
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly signature: string;
}

const SECRET = '8f1c0e6b5a9d4c7730e2b1f4a6d8c95e17b3f0249c6d5e8a1b7f3c2d4e6a9b80';
const TIMESTAMP = '1777457700000';

/** Two requests with their signatures, one with a body and one with a query. A test computes them again. */
export const TEST_VECTORS: readonly TestVector[] = [
  {
    secret: SECRET,
    timestamp: TIMESTAMP,
    method: 'POST',
    target: '/v1/backtest/jobs/bt_4fQ9xLk2/cancel',
    body: '{"reason":"no longer needed"}',
    signature: 'f1a33e39686e78e1bb5879cb6813ed8cb93298a457d6c61f2a0138da4b4c9042',
  },
  {
    secret: SECRET,
    timestamp: TIMESTAMP,
    method: 'GET',
    target: '/v1/backtest/jobs?status=done&limit=2',
    body: '',
    signature: '402c248294f5bfeaa3372fc6f3ba3ab2b56f729d81895a2a884f3299e69f9f7b',
  },
];

function worked({ secret, timestamp, method, target, body, signature }: TestVector): string {
  const rows = [
    ['secret', secret],
    ['timestamp', timestamp],
    ['method', method],
    ['target', target],
    ['body', body === '' ? '(none)' : body],
    ['message', timestamp + method + target + body],
    ['signature', signature],
  ];
  return ['```text', ...rows.map(([name = '', value = '']) => `${name.padEnd(9)}  ${value}`), '```'].join(
    '\n',
  );
}

/** The algorithm in Markdown, with the {@link TEST_VECTORS}. */
export const SIGNING = `Every request below \`/v1/backtest\`, \`/v1/worker\` and \`/v1/candles\` carries three headers:

| header | value |
|---|---|
| \`X-PipAI-API-Key\` | your API key |
| \`X-PipAI-Timestamp\` | now, in milliseconds since 1970-01-01T00:00:00Z, decimal digits only |
| \`X-PipAI-Signature\` | the signature, 64 hex digits |

1. \`message\` = timestamp + method + target + body, one directly after the other, nothing between them.
   - *timestamp*: the text you send in \`X-PipAI-Timestamp\`.
   - *method*: in upper case, such as \`POST\`.
   - *target*: path and query string exactly as sent, as in \`/v1/backtest/jobs?limit=2\`: no host, nothing decoded, nothing sorted.
     Percent-encode what a URL cannot carry as it is (quotes, spaces, letters beyond ASCII) before you sign: something on the way would, and
     the signature no longer fit.
   - *body*: the very bytes you send; nothing where there is no body. Turn your object into text once, sign that text and send it.
2. \`signature\` = HMAC-SHA256(key = the UTF-8 bytes of your secret, message = the UTF-8 bytes of \`message\`), as lower-case hex.
   The secret is used as the text it is: do not decode it from hex.

The timestamp may differ from the server's clock by 30 seconds unless the operator has set another window. Make a new timestamp and
signature for every attempt, also when you repeat a request.

Check your code against these before you send anything:

${TEST_VECTORS.map(worked).join('\n\n')}`;
