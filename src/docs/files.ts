import viewerStyle from 'swagger-ui-dist/swagger-ui.css';
import viewer from 'swagger-ui-dist/swagger-ui-bundle.js';
import licences from 'swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt';
import authenticate from './page/authenticate.js';
import style from './page/docs.css';
import script from './page/docs.js';
import forms from './page/forms.js';
import headings from './page/headings.js';
import page from './page/index.html';

const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';

/** The page itself. */
export const PAGE = page;

/** What the page loads from `/docs/`, by file name. */
export const FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ['authenticate.js', { type: JAVASCRIPT, text: authenticate }],
  ['docs.css', { type: CSS, text: style }],
  ['docs.js', { type: JAVASCRIPT, text: script }],
  ['forms.js', { type: JAVASCRIPT, text: forms }],
  ['headings.js', { type: JAVASCRIPT, text: headings }],
  ['swagger-ui.css', { type: CSS, text: viewerStyle }],
  ['swagger-ui-bundle.js', { type: JAVASCRIPT, text: viewer }],
  ['swagger-ui-bundle.js.LICENSE.txt', { type: 'text/plain; charset=utf-8', text: licences }],
]);
