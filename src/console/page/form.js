/** The form for a new backtest. It checks nothing: the API does, and its answer is shown at the fields. */

import { Failure } from './api.js';
import { byId, make } from './dom.js';
import { showFailure } from './failure.js';
import { paramFields } from './params.js';

/** @import { ErrorDetail, Job, Template } from './types.d.ts' */

/**
 * An instant as traders write it, `2025-01-31 23:00`, as the API takes it. What is no such thing goes as it is: the API tells.
 * @param {string} value
 */
function toInstant(value) {
  const written = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?)?Z?$/.exec(value);
  return written === null ? value : `${written[1] ?? ''}T${written[2] ?? '00:00'}${written[3] ?? ':00'}Z`;
}

/**
 * What the form asks for, as the API takes it. Empty fields are left out, so that the API names them as missing.
 * @param {HTMLFormElement} form
 * @returns {string} JSON text
 */
function bodyOf(form) {
  /** @type {Record<string, unknown>} */
  const body = {};
  /** @type {Record<string, unknown>} */
  const params = {};
  const whole = new Set(
    controls(form).flatMap(({ inputMode, name }) => (inputMode === 'numeric' ? [name] : [])),
  );
  // Fields of other templates are disabled, and FormData leaves those out.
  for (const [path, entry] of new FormData(form)) {
    const value = typeof entry === 'string' ? entry.trim() : '';
    if (value === '') continue;
    const [name, target] = path.startsWith('params.') ? [path.slice(7), params] : [path, body];
    if (name === 'symbols')
      target[name] = value
        .toUpperCase()
        .split(/[\s,]+/)
        .filter((symbol) => symbol !== '');
    else if (name === 'start' || name === 'end') target[name] = toInstant(value);
    else target[name] = whole.has(path) && /^-?\d+$/.test(value) ? Number(value) : value;
  }
  return JSON.stringify({ ...body, params });
}

/**
 * @param {HTMLFormElement} form
 * @returns {(HTMLInputElement | HTMLSelectElement)[]}
 */
function controls(form) {
  return [...form.querySelectorAll('input, select')].filter(
    (element) => element instanceof HTMLInputElement || element instanceof HTMLSelectElement,
  );
}

/**
 * Marks the fields the API refused, and moves to the first of them.
 * @param {HTMLFormElement} form
 * @param {readonly ErrorDetail[]} details
 */
function markFields(form, details) {
  let focused = false;
  for (const control of controls(form)) {
    // `symbols.1` is said of the field `symbols`.
    const own = details.filter(({ path }) => path === control.name || path.startsWith(`${control.name}.`));
    const wrong = own.length > 0 && !control.disabled;
    const id = `${control.id}-error`;
    document.getElementById(id)?.remove();
    control.removeAttribute('aria-describedby');
    control.setAttribute('aria-invalid', String(wrong));
    if (!wrong) continue;
    const note = make('span', 'field-error', [...new Set(own.map(({ message }) => message))].join('; '));
    note.id = id;
    control.setAttribute('aria-describedby', id);
    control.after(note);
    if (!focused) control.focus();
    focused = true;
  }
}

/**
 * @param {{ onSubmit: (body: string, idempotencyKey: string) => Promise<Job> }} handlers
 */
export function createForm({ onSubmit }) {
  const form = byId('new-form', HTMLFormElement);
  const template = byId('template', HTMLSelectElement);
  const feeModel = byId('fee-model', HTMLSelectElement);
  const feeBps = byId('fee-bps', HTMLInputElement);
  const button = byId('submit-button', HTMLButtonElement);
  const errors = byId('new-error', HTMLElement);
  const done = byId('new-done', HTMLElement);
  /** The request whose answer never came. Sent again unchanged, it must not become a second job. */
  let unanswered = { body: '', key: '' };

  /** Enables what belongs to the chosen template and fee model. */
  function adapt() {
    for (const set of form.querySelectorAll('fieldset')) {
      set.disabled = set.dataset.template !== template.value;
      set.hidden = set.disabled;
    }
    feeBps.disabled = feeModel.value !== 'fixed_bps';
  }

  async function submit() {
    const body = bodyOf(form);
    const key = unanswered.body === body ? unanswered.key : crypto.randomUUID();
    unanswered = { body, key };
    button.disabled = true;
    done.replaceChildren();
    showFailure(errors, null);
    markFields(form, []);
    try {
      const job = await onSubmit(body, key);
      unanswered = { body: '', key: '' };
      const link = make('a', '', job.id);
      link.href = `#${job.id}`;
      done.replaceChildren('Submitted ', link);
    } catch (error) {
      if (error instanceof Failure && error.answered) unanswered = { body: '', key: '' };
      showFailure(errors, error);
      if (error instanceof Failure) markFields(form, error.details);
    }
    button.disabled = false;
  }

  form.addEventListener('change', adapt);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });
  adapt();

  return {
    /**
     * Offers these templates. What was typed for them before is forgotten.
     * @param {readonly Template[]} templates
     */
    offer(templates) {
      template.replaceChildren(...templates.map(({ id, title }) => new Option(title, id)));
      byId('params', HTMLElement).replaceChildren(...templates.map(paramFields));
      adapt();
    },
  };
}
