/** What the viewer's forms begin with. */

/**
 * Tells the examples of optional parameters in words only. The viewer fills its forms with examples, and a request that is sent as it
 * stands should not filter by made-up values, or repeat an `Idempotency-Key` that every reader has.
 * @param {unknown} node a document of OpenAPI, or a part of one; it is changed in place
 */
export function emptyWhereOptional(node) {
  if (typeof node !== 'object' || node === null) return;
  const optional = 'in' in node && !('required' in node && node.required === true);
  if (optional && 'example' in node) tellInWords(node);
  /** @type {unknown[]} */
  const parts = Object.values(node);
  parts.forEach(emptyWhereOptional);
}

/** @param {{ example?: unknown, description?: string }} parameter */
function tellInWords(parameter) {
  parameter.description = `${parameter.description ?? ''} For example \`${String(parameter.example)}\`.`;
  delete parameter.example;
}
