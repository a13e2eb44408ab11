/** A template that cannot run as configured; the message is for the user. The job fails with `TEMPLATE_ERROR`. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
