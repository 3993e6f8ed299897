/** Where to go after the sign-in. */

const OF_THE_SIGN_IN = ['/sign-in', '/sign-up', '/reset'];

/** The path that was asked for, if it is a page of this shop; else the start page. */
export function nextOf(asked: string | undefined, origin: string): string {
  try {
    const url = new URL(asked ?? '/', origin);
    if (url.origin !== origin || OF_THE_SIGN_IN.includes(url.pathname)) return '/';
    if (url.pathname.startsWith('//')) return '/'; // Of `/.//host`. As an address it is another host's.
    return url.pathname + url.search;
  } catch {
    return '/';
  }
}

/** Why a shopper is asked to sign in; empty when the shopper chose to. */
export function reasonOf(next: string, hasEnded: boolean): string {
  const isCheckout = new URL(next, 'http://shop').pathname === '/checkout';
  if (hasEnded) return `Your session has ended. Please sign in again${isCheckout ? '; your cart is kept' : ''}.`;
  return isCheckout ? 'An account is needed to order. Your cart is kept.' : '';
}
