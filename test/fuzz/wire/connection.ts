import { connect } from 'node:net';

/** What came back on a connection of its own, and whether there will be no more: it was closed, or its end was not waited for. */
export interface Heard {
  bytes: string;
  over: boolean;
}

/**
 * Sends bytes and half-closes, so that nobody waits for more of them. Bytes are Latin-1 both ways.
 * @param patienceMs how long to wait for anything.
 * @param isEnough ends the talk from this side, for answers that do not end.
 */
export function talk(
  port: number,
  bytes: string,
  patienceMs: number,
  isEnough: (heard: string) => boolean,
): Promise<Heard> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1').setEncoding('latin1');
    const done = (over: boolean) => {
      socket.destroy();
      resolve({ bytes: heard, over });
    };
    socket.on('data', (chunk) => {
      heard += String(chunk);
      if (isEnough(heard)) done(true);
    });
    // A reset is an answer too: whoever sends nonsense may be cut off.
    socket.on('error', () => {
      done(true);
    });
    socket.on('close', () => {
      done(true);
    });
    socket.setTimeout(patienceMs, () => {
      done(false);
    });
    socket.end(bytes, 'latin1');
  });
}
