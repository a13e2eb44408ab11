import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** What a test does while a request is under way. */
export interface Holds {
  /** Before the service hears it. */
  readonly before?: (method: string, path: string) => Promise<void> | void;
  /** After the service has answered, and before its client hears that. */
  readonly after?: (method: string, path: string) => Promise<void> | void;
  /** A page in place of the service's answer; null leaves that. */
  readonly instead?: (method: string, path: string) => string | null;
}

/** A way to the service at `url` on which requests and answers can be held. Gives its own URL. */
export async function gate(url: string, holds: Holds): Promise<string> {
  const server = createServer((request, response) => {
    pass(url, holds, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The gate has no port.');
  return `http://127.0.0.1:${String(address.port)}`;
}

async function pass(
  url: string,
  { before, after, instead }: Holds,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url: path = '' } = request;
  const body = await buffer(request);
  await before?.(method, path);
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    // What concerns this connection alone is not passed on.
    if (!/^(host|connection|content-length|expect)$/.test(name)) headers.set(name, String(value));
  }
  const init = body.length > 0 ? { method, headers, body: new Uint8Array(body) } : { method, headers };
  const answer = await fetch(url + path, init);
  await after?.(method, path);
  const page = instead?.(method, path) ?? null;
  if (page !== null) {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
    return;
  }
  response.writeHead(answer.status, { 'Content-Type': answer.headers.get('Content-Type') ?? '' });
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
}
