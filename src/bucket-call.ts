/**
 * What R2 itself calls a failure of the service, as numbers at the end of its messages: internal error, unavailable,
 * connection lost, too many requests; 0 where it says nothing (developers.cloudflare.com/r2/api/error-codes).
 */
const SERVICE_ERRORS: ReadonlySet<string> = new Set(['0', '10001', '10043', '10054', '10058']);

/** The bucket could not be reached, is overloaded or failed. Whether it did what it was asked for is not known. */
export class BucketError extends Error {
  override readonly name = 'BucketError';

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/**
 * Makes a call to a bucket, and tells its failures from bugs of ours, which keep their own errors: what R2 throws has no class
 * and no marks. `call` may read what it gets, and does nothing else.
 * @throws BucketError
 */
export async function fromBucket<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof Error && isFailure(error) ? new BucketError(error) : error;
  }
}

/** All but arguments that the runtime does not take, and requests that R2 refuses with a code that says so. */
function isFailure(error: Error): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return false;
  const code = / \((\d+)\)$/.exec(error.message)?.[1];
  return code === undefined || SERVICE_ERRORS.has(code);
}
