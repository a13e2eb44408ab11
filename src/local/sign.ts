/** `npm run -s sign -- METHOD TARGET [BODY]`: the headers that sign one request, for curl. */
import { signatureHeaders } from './client.ts';
import { loadCredentials } from './credentials.ts';
import { messageOf } from './errors.ts';

const USAGE = `Usage: npm run -s sign -- METHOD TARGET [BODY]

Prints the three headers that sign a request, one a line. A signature holds for 30 seconds,
and a create it signs counts once. The key comes from PIPAI_API_KEY and PIPAI_API_SECRET,
or else from .dev.key.json, which "npm start" makes. Mind the -s: without it npm prints a banner
of its own into the headers.

  METHOD  GET, POST, ...
  TARGET  path and query string exactly as they will be sent, such as /v1/backtest/jobs?limit=5
  BODY    the body exactly as it will be sent; leave it out where there is none

Examples, for a service on port 8787:

  npm run -s sign -- GET '/v1/backtest/jobs?limit=5' |
    curl -sS -H @- 'http://127.0.0.1:8787/v1/backtest/jobs?limit=5'

  BODY='{"reason":"changed my mind"}'
  npm run -s sign -- POST /v1/backtest/jobs/bt_.../cancel "$BODY" |
    curl -sS -H @- -H 'Content-Type: application/json' --data-raw "$BODY" \\
      http://127.0.0.1:8787/v1/backtest/jobs/bt_.../cancel
`;

const WRONG_USAGE = 2;

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}

function main(args: readonly string[]): void {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return;
  }
  const problem = problemWith(args);
  const [method = '', target = '', body = ''] = args;
  if (problem !== null) {
    console.error(`${problem}\n\n${USAGE}`);
    process.exitCode = WRONG_USAGE;
    return;
  }
  const headers = signatureHeaders(loadCredentials(), { method: method.toUpperCase(), target, body });
  for (const [name, value] of Object.entries(headers)) console.log(`${name}: ${value}`);
}

function problemWith(args: readonly string[]): string | null {
  const [method, target] = args;
  if (method === undefined || target === undefined) return 'METHOD and TARGET are needed.';
  if (args.length > 3) return 'There are more than three arguments; put the body in quotes.';
  if (!/^[a-z]+$/i.test(method)) return `${method} is no HTTP method.`;
  if (!target.startsWith('/')) return `TARGET begins with a slash, without scheme and host: not ${target}`;
  return null;
}
