/** Signing in. The secret stays in memory; in the tab's session storage only where the trader asks for it. */

import { Client, Failure } from './api.js';
import { byId } from './dom.js';
import { showFailure } from './failure.js';
import { fields, text } from './read.js';

const STORED = 'pipai-console-key';

/** @returns {{ apiKey: string, secret: string } | null} */
function recall() {
  try {
    /** @type {unknown} */
    const stored = JSON.parse(sessionStorage.getItem(STORED) ?? 'null');
    const { apiKey, secret } = fields(stored);
    return text(apiKey) === '' || text(secret) === '' ? null : { apiKey: text(apiKey), secret: text(secret) };
  } catch {
    // A browser that refuses storage, or a text that is not ours: as good as nothing stored.
    return null;
  }
}

/** @param {{ apiKey: string, secret: string } | null} credentials */
function remember(credentials) {
  try {
    if (credentials === null) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, JSON.stringify(credentials));
  } catch {
    // Nothing is kept, then.
  }
}

/**
 * The sign-in form.
 * @param {{ onSignIn: (client: Client) => Promise<void>, onSignOut: () => void }} handlers
 *   `onSignIn` throws where the key is not accepted.
 */
export function createSession({ onSignIn, onSignOut }) {
  const form = byId('sign-in', HTMLFormElement);
  const apiKey = byId('api-key', HTMLInputElement);
  const secret = byId('api-secret', HTMLInputElement);
  const keep = byId('keep', HTMLInputElement);
  const button = byId('sign-in-button', HTMLButtonElement);
  const errors = byId('sign-in-error', HTMLElement);

  /** @param {{ apiKey: string, secret: string }} credentials */
  async function open(credentials) {
    button.disabled = true;
    showFailure(errors, null);
    try {
      await onSignIn(await Client.open(credentials.apiKey, credentials.secret));
      remember(keep.checked ? credentials : null);
      // What is shown or kept nowhere cannot leak: the field does not outlive the sign-in.
      form.reset();
    } catch (error) {
      refused(error);
    }
    button.disabled = false;
  }

  /** @param {unknown} error */
  function refused(error) {
    // A key that no longer opens anything is not worth keeping.
    if (error instanceof Failure && error.code === 'UNAUTHORIZED') remember(null);
    showFailure(errors, error);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void open({ apiKey: apiKey.value.trim(), secret: secret.value.trim() });
  });
  byId('sign-out', HTMLButtonElement).addEventListener('click', () => {
    remember(null);
    onSignOut();
    apiKey.focus();
  });

  return {
    /** Signs in again with what this tab kept, if it did. */
    async resume() {
      const credentials = recall();
      if (credentials === null) return;
      keep.checked = true;
      await open(credentials);
    },
    /** Tells why a session did not begin, or ended by itself. */
    refused,
  };
}
