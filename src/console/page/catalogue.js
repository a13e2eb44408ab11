/** The titles of templates, as the service's catalogue has them. */

/** @import { Template } from './types.d.ts' */

/** @type {ReadonlyMap<string, string>} */
let titles = new Map();

/** @param {readonly Template[]} templates */
export function learnTitles(templates) {
  titles = new Map(templates.map(({ id, title }) => [id, title]));
}

/**
 * The title of a template; the id itself where the catalogue does not have it.
 * @param {string} id
 */
export function titleOf(id) {
  return titles.get(id) ?? id;
}
