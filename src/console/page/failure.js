/** Shows what the API refused, and why. */

import { Failure } from './api.js';
import { make } from './dom.js';

/**
 * Shows an error in a box of the page, or empties the box.
 * @param {HTMLElement} box a live region
 * @param {unknown} error null for none
 */
export function showFailure(box, error) {
  box.replaceChildren();
  box.hidden = error === null;
  if (error === null) return;
  if (!(error instanceof Failure)) {
    // A bug of this page: the console of the browser gets it whole.
    console.error(error);
    box.append(make('p', '', 'Something went wrong in this page.'));
    return;
  }
  box.append(make('p', '', make('code', 'code', error.code), ' ', error.message));
  if (error.details.length > 0) {
    const rows = error.details.map(({ path, message }) =>
      path === '' ? make('li', '', message) : make('li', '', make('code', '', path), ' ', message),
    );
    box.append(make('ul', '', ...rows));
  }
  if (error.retryAfter > 0) box.append(make('p', 'quiet', `Retry after ${String(error.retryAfter)} s.`));
  if (error.requestId !== '') box.append(make('p', 'quiet', `Request ${error.requestId}`));
}
