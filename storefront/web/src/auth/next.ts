/** Where to go after the sign-in. */

const OF_THE_SIGN_IN = ['/sign-in', '/sign-up', '/reset'];

/** The path that was asked for, if it is a page of this shop; else the start page. */
export function nextOf(asked: string | undefined, origin: string): string {
  try {
    const url = new URL(asked ?? '/', origin);
    if (url.origin !== origin || OF_THE_SIGN_IN.includes(url.pathname)) return '/';
    return url.pathname + url.search;
  } catch {
    return '/';
  }
}
