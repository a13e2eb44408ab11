/** Cancelling a job, with a reason for those who read the audit trail. */

import { byId } from './dom.js';
import { showFailure } from './failure.js';

/**
 * @param {(id: string, reason: string) => Promise<void>} onCancel
 */
export function createCancelForm(onCancel) {
  const form = byId('cancel-form', HTMLFormElement);
  const reason = byId('cancel-reason', HTMLInputElement);
  const button = byId('cancel-button', HTMLButtonElement);
  const errors = byId('cancel-error', HTMLElement);
  let jobId = '';

  async function submit() {
    button.disabled = true;
    showFailure(errors, null);
    try {
      await onCancel(jobId, reason.value.trim());
    } catch (error) {
      showFailure(errors, error);
    }
    button.disabled = false;
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });

  return {
    /** @param {string} id */
    show(id) {
      if (id !== jobId) {
        jobId = id;
        form.reset();
        showFailure(errors, null);
      }
      form.hidden = false;
    },
    hide() {
      form.hidden = true;
    },
  };
}
