import type { CreateJobRequest, Template } from '../../client/index.ts';

/**
 * What a request may hold is not checked here: the service knows, names every field that does not fit, and may be
 * newer than this checkout.
 */
export function isLeftToService(_body: Readonly<Record<string, unknown>>): _body is CreateJobRequest {
  return true;
}

/** The same for the id of a template. */
export function isTemplateLeftToService(_id: string): _id is Template['id'] {
  return true;
}
