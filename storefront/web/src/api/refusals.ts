/** Which GraphQL errors say that the platform has refused, and which leave the outcome open. */

/**
 * The types of the errors with which a function refuses a request (`CallerFault` in shared/src/ecom/errors.py; a test
 * compares them), and AppSync's for a field that the caller may not use. All other types are those of failures: of the
 * function, of AWS, or of a service behind the function.
 */
const REFUSALS = new Set([
  'BELOW_RESERVED',
  'CONFLICT',
  'IDEMPOTENCY_MISMATCH',
  'ILLEGAL_MOVE',
  'INSUFFICIENT_STOCK',
  'INVALID_INPUT',
  'INVALID_TOKEN',
  'NOT_FOUND',
  'PACKAGING_STARTED',
  'PAYMENT_REFUSED',
  'UNKNOWN_PRODUCT',
  'Unauthorized',
]);

interface Problem {
  type: string | undefined;
  /** The field that failed. Without one AppSync has refused the request before it called a function. */
  path?: unknown;
  /** Of the HTTP answer. */
  status: number;
}

/** Whether nothing was done. A type that is not known leaves the outcome open, so that no request is given up too early. */
export function isRefused({ type, path, status }: Problem): boolean {
  if (status >= 400) return status < 500 && status !== 429;
  return type ? REFUSALS.has(type) : !path;
}

/** Whether AppSync has waited as long as it does, half a minute. It calls the type of it `ExecutionTimeout`, or Lambda's. */
export function isTimeout(type: string | undefined): boolean {
  return /^(Lambda:)?ExecutionTimeout/.test(type ?? '');
}
