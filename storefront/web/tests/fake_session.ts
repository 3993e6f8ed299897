import type { Person, Session } from '../src/auth/session';
import type { Store } from '../src/store';

export interface Tokens {
  now: string | undefined;
  /** The token that Cognito gives when the present one is refused. */
  fresh: string | undefined;
}

/** As much of a session as sends requests. A test sets its tokens. */
export function fakeSession(person: Store<Person | null | undefined>, tokens: Tokens): Session {
  return {
    person,
    token: async () => tokens.now,
    tokenAfter: async () => (tokens.now = tokens.fresh),
    end: () => (tokens.now = undefined),
  } as unknown as Session;
}
