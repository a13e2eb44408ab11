import { createServer } from 'node:net';

const LAST_PORT = 65_535;

/** A port of the loopback interface that is free at this moment. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === null) throw new Error('There is no free port on this machine.');
  return port;
}

/** The first free port of the loopback interface from `first` on. */
export async function firstFreePort(first: number): Promise<number> {
  for (let port = first; port <= LAST_PORT; port += 1) {
    if ((await listenOnce(port)) !== null) return port;
  }
  throw new Error(`No port from ${String(first)} on is free.`);
}

/** Listens for a moment; gives the port, or null where it is taken. */
function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(null);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(address !== null && typeof address === 'object' ? address.port : null);
      });
    });
  });
}
