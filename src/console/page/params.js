/** Fields for the parameters of templates, made of the catalogue. */

import { make } from './dom.js';
import { label } from './format.js';

/** @import { Parameter, Template } from './types.d.ts' */

/** Something to begin with, where a parameter of this name has a usual value. */
const USUAL = new Map([
  ['grid_levels', '20'],
  ['lower_price', '60000'],
  ['upper_price', '72000'],
  ['lookback', '20'],
  ['fast', '12'],
  ['slow', '48'],
  ['entry_z', '2'],
  ['exit_z', '0.5'],
  ['every_bars', '24'],
  ['order_quote', '100'],
]);

/**
 * @param {string} template its id
 * @param {Parameter} parameter
 */
function field(template, { name, description, whole, required }) {
  const input = make('input');
  input.id = `${template}-${name}`;
  input.name = `params.${name}`;
  input.inputMode = whole ? 'numeric' : 'decimal';
  input.autocomplete = 'off';
  input.value = required ? (USUAL.get(name) ?? '') : '';
  const title = required ? label(name) : `${label(name)} (optional)`;
  const caption = make('label', '', title, make('span', 'hint', description));
  caption.htmlFor = input.id;
  return make('div', 'field whole', caption, input);
}

/**
 * All a template asks for, under its title and what it does.
 * @param {Template} template
 * @returns {HTMLFieldSetElement}
 */
export function paramFields({ id, title, description, multiSymbol, params }) {
  const symbols = multiSymbol ? 'Takes 1 to 10 symbols.' : 'Takes one symbol.';
  const set = make(
    'fieldset',
    '',
    make('legend', '', title),
    make('p', 'hint whole', `${description} ${symbols}`),
    ...params.map((parameter) => field(id, parameter)),
  );
  set.dataset.template = id;
  return set;
}
