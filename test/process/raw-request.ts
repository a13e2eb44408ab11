import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const ANSWERED_WITHIN_MS = 5000;

/** A request as it goes over the wire, of whose body less may be sent than its headers promise. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent of the body. */
  readonly sent?: string;
}

/** The status and the error code of an answer, which must come although nothing more is sent. */
export async function refusalOf(url: string, request: RawRequest): Promise<string> {
  const { hostname, port, host } = new URL(url);
  const head = Object.entries({ Host: host, ...request.headers }).map(([name, value]) => `${name}: ${value}`);
  const socket = connect({ host: hostname, port: Number(port) });
  const timer = setTimeout(() => {
    socket.destroy(new Error(`${request.method} ${request.target} was not answered in time`));
  }, ANSWERED_WITHIN_MS);
  try {
    await once(socket, 'connect');
    const lines = [`${request.method} ${request.target} HTTP/1.1`, ...head, '', request.sent ?? ''];
    await sentWhole(socket, lines.join('\r\n'));
    let text = '';
    for await (const chunk of socket) {
      text += String(chunk);
      const found = /^HTTP\/1\.1 (\d+) .*"code":"([A-Z_]+)"/s.exec(text);
      if (found !== null) return found.slice(1).join(' ');
      if (text.startsWith('HTTP/1.1 2')) return text.slice(9, 12);
    }
    throw new Error(`${request.method} ${request.target} was answered ${JSON.stringify(text)}`);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Many a client listens only once it has sent everything. */
async function sentWhole(socket: Socket, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.write(text, 'latin1', () => {
      resolve();
    });
  });
}

/** A piece of a body of no declared length, which does not end with it. */
export function chunk(bytes: number): string {
  return `${bytes.toString(16)}\r\n${' '.repeat(bytes)}\r\n`;
}
