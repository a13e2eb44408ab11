// Runs a backtest to its end; then starts a long one, and cancels it on its way. For Node 20 or later.
// In the console of a browser that shows the service's page, put your own object in place of `process.env`.
const { PIPAI_URL = 'http://127.0.0.1:8787', PIPAI_API_KEY, PIPAI_API_SECRET } = process.env;
if (!PIPAI_API_KEY || !PIPAI_API_SECRET) throw new Error('Set PIPAI_API_KEY and PIPAI_API_SECRET.');
const JOBS = '/v1/backtest/jobs';

const bytes = (text) => new TextEncoder().encode(text);
const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0')).join('');
const hmac = { name: 'HMAC', hash: 'SHA-256' };
const secret = await crypto.subtle.importKey('raw', bytes(PIPAI_API_SECRET), hmac, false, ['sign']);

/** Sends a signed request, and gives the answer; throws code, message and details of a refusal. */
async function call(method, target, content, headers = {}) {
  const body = content === undefined ? '' : JSON.stringify(content);
  const timestamp = String(Date.now());
  const signature = await crypto.subtle.sign(hmac, secret, bytes(timestamp + method + target + body));
  const response = await fetch(PIPAI_URL + target, {
    method,
    headers: {
      'X-PipAI-API-Key': PIPAI_API_KEY,
      'X-PipAI-Timestamp': timestamp,
      'X-PipAI-Signature': hex(signature),
      'Content-Type': 'application/json',
      ...headers,
    },
    body: body || undefined,
    signal: AbortSignal.timeout(60_000),
  });
  const answer = await response.json();
  if (response.ok) return answer;
  const { code, message, details } = answer.error;
  throw Object.assign(new Error(`${response.status} ${code}: ${message}`), { code, details });
}

// The same Idempotency-Key again makes no second job.
const submit = (config) => call('POST', JOBS, config, { 'Idempotency-Key': crypto.randomUUID() });

/** Ends the program where a job is not as wanted, with why it failed. */
function giveUp({ id, status, error }) {
  throw new Error(`${id} is ${status}${error ? `, ${error.code}: ${error.message}` : ''}`);
}

const params = { grid_levels: 20, upper_price: '72000', lower_price: '60000' };
const quarter = { timeframe: '1h', start: '2025-01-01T00:00:00Z', end: '2025-03-31T23:00:00Z' };
const grid = { template_id: 'tpl_grid', params, symbols: ['BTCUSDT'], capital: '10000' };
let job = await submit({ ...grid, ...quarter });
while (job.status === 'queued' || job.status === 'running') {
  // Each answer comes when the job is final, or after 30 seconds.
  job = await call('GET', `${JOBS}/${job.id}`, undefined, { Prefer: 'wait=30' });
}
if (job.status !== 'done') giveUp(job);
console.log(`${job.id} is done`);
for (const name of ['total_trades', 'win_rate', 'max_drawdown', 'sharpe']) {
  console.log(`${name}: ${job.result.metrics[name]}`);
}

const coins = ['BTC', 'ETH', 'SOL', 'BNB', 'XRP', 'ADA', 'DOGE', 'AVAX', 'LINK', 'LTC'];
const years = { timeframe: '1m', start: '2020-01-01T00:00:00Z', end: '2024-12-31T23:59:00Z' };
const dca = { template_id: 'tpl_dca', params: { every_bars: 1, order_quote: '10' }, capital: '300000000' };
job = await submit({ ...dca, ...years, symbols: coins.map((coin) => `${coin}USDT`) });
const target = `${JOBS}/${job.id}`;
await new Promise((resolve) => setTimeout(resolve, 300)); // Let it run for a moment.
try {
  job = await call('POST', `${target}/cancel`, { reason: 'changed my mind' });
} catch (error) {
  // A job that has ended before, such as one without candles, tells itself why.
  if (error.code !== 'INVALID_STATE') throw error;
  giveUp(await call('GET', target));
}
console.log(`${job.id} is ${job.status}, progress ${job.progress}`);
for (const { at, from, to, actor, reason } of (await call('GET', `${target}/audit`)).data) {
  console.log(at, from, '->', to, 'by', actor, reason ?? '');
}
try {
  await call('POST', `${target}/cancel`);
} catch (error) {
  // A final job stays as it is: who cancels it again is told so.
  if (error.code !== 'INVALID_STATE') throw error;
  console.log(error.message);
}
