/** The reference: Swagger UI over this service's own document, with requests signed in the page. */

import { authenticate } from './authenticate.js';
import { emptyWhereOptional } from './forms.js';
import { nameHeadings } from './headings.js';

/** @import { Credentials, UiRequest } from './types.d.ts' */

const form = document.getElementById('keys');
if (!(form instanceof HTMLFormElement)) throw new Error('The page has no form for keys.');
const fields = form;
form.addEventListener('submit', (event) => {
  event.preventDefault();
});

/**
 * What is typed at the moment; nothing of it is kept anywhere else.
 * @returns {Credentials}
 */
function typed() {
  const data = new FormData(fields);
  /** @param {string} name */
  const text = (name) => {
    const value = data.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  return { apiKey: text('apiKey'), secret: text('secret'), adminToken: text('adminToken') };
}

/**
 * The document, with its forms empty where they may be.
 * @returns {Promise<unknown>}
 */
async function reference() {
  const answer = await fetch('/openapi.json');
  if (!answer.ok) throw new Error(`/openapi.json was answered with ${String(answer.status)}.`);
  /** @type {unknown} */
  const document = await answer.json();
  emptyWhereOptional(document);
  return document;
}

/** Signing is this page's own, so the viewer's dialog for credentials would only mislead. */
function withoutAuthorizeButtons() {
  const nothing = () => () => null;
  return { wrapComponents: { authorizeBtn: nothing, authorizeOperationBtn: nothing } };
}

// The viewer catches clicks on links to parts of the page, and scrolls as if nothing stayed at its top: these are the browser's.
document.querySelector('.bar nav')?.addEventListener('click', (event) => {
  event.stopPropagation();
});

const dark = matchMedia('(prefers-color-scheme: dark)');
function followScheme() {
  document.documentElement.classList.toggle('dark-mode', dark.matches);
}
dark.addEventListener('change', followScheme);
followScheme();

nameHeadings(document.body);

SwaggerUIBundle({
  spec: await reference(),
  dom_id: '#reference',
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [withoutAuthorizeButtons],
  layout: 'BaseLayout',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 3,
  displayRequestDuration: true,
  // Nothing of this page may reach another host.
  validatorUrl: null,
  /** @param {UiRequest} request */
  requestInterceptor: (request) => authenticate(request, typed(), Date.now()),
});
