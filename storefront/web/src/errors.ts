/** What can go wrong between the page and the platform, and the words for it. */

/** The platform understood the request and refuses it. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** No answer, or one that says nothing about the outcome. The request may be sent again. */
export class Unreachable extends Error {}

/** Unreachable after the longest time that an answer takes: a repetition is for the user to decide. */
export class TimedOut extends Unreachable {}

/** The session has ended, or was never there. */
export class SignedOut extends Error {}

const WORDS: Record<string, string> = {
  UNKNOWN_PRODUCT: 'This product is no longer sold.',
  CONFLICT: 'This was changed meanwhile, in another window or by another person. Please reload the page and look at it.',
  NOT_FOUND: 'This could not be found. It may have been removed.',
  ILLEGAL_MOVE: 'This is no longer possible: the state has changed. The page shows it now.',
  TRY_AGAIN: 'This is being changed at the moment. Please try again.',
  INVALID_TOKEN: 'The list has changed meanwhile. Please reload the page.',
  BELOW_RESERVED: 'More units than that are reserved for orders.',
  IDEMPOTENCY_MISMATCH: 'Another request like this one is under way. Please reload the page.',
  Unauthorized: 'Your account may not do this.',
};

/** A sentence for the person in front of the page. */
export function inWords(error: unknown): string {
  if (error instanceof Unreachable) {
    return isOffline()
      ? 'You are offline. Nothing is lost: try again when you are connected.'
      : 'The shop could not be reached. Nothing is lost: please try again.';
  }
  if (error instanceof SignedOut) return 'You have been signed out. Please sign in again.';
  if (error instanceof Refused) return WORDS[error.code] ?? sentence(error.message);
  return 'Something went wrong in this page. Please reload it.';
}

/** `quantity must be ...` as a sentence. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return 'The shop refused this without a reason.';
  return trimmed[0]!.toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? '' : '.');
}

function isOffline(): boolean {
  return typeof navigator !== 'undefined' && navigator.onLine === false;
}
