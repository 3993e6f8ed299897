/** Requests whose answer may never come: a connection can be dead, and nothing says so for many minutes. */

import { TimedOut, Unreachable } from './errors';

/** API Gateway and AppSync answer within 30 seconds, if only that they failed. */
export const LONGEST_MS = 35_000;

/** `fetch`, which ends with a TimeoutError when the answer, to its last byte, is not there in time. */
export const fetchInTime: typeof fetch = (input, init = {}) => {
  const limit = new AbortController();
  const { signal } = init;
  if (signal?.aborted) limit.abort(signal.reason);
  signal?.addEventListener('abort', () => limit.abort(signal.reason));
  setTimeout(() => limit.abort(new DOMException('there is no answer', 'TimeoutError')), LONGEST_MS);
  return fetch(input, { ...init, signal: limit.signal });
};

/** What it means when a request has no answer. */
export function unreachable(error: unknown): Unreachable {
  const hasTimedOut = (error as { name?: string } | null | undefined)?.name === 'TimeoutError';
  return hasTimedOut ? new TimedOut(String(error)) : new Unreachable(String(error));
}
