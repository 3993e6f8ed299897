/**
 * The signed-in user. The ID token is in memory only; the refresh token is in sessionStorage, so that a
 * reload of the tab stays signed in. Shoppers and staff have a session each.
 */

import type { Config } from '../config';
import { Refused, SignedOut, Unreachable, inWords } from '../errors';
import { type Storing, ofTab } from '../storage';
import { Store } from '../store';
import { callCognito } from './cognito_calls';

export type Realm = 'shop' | 'staff';

export interface Tokens {
  idToken: string;
  refreshToken: string;
}

export interface Person {
  userId: string;
  email: string;
  groups: string[];
}

interface Claims {
  sub: string;
  email?: string;
  iat: number;
  exp: number;
  'cognito:groups'?: string[];
}

interface Refreshed {
  AuthenticationResult: { IdToken: string };
}

/** What ends a session when a token is renewed. Cognito answers 400 to too many requests as well, which ends nothing. */
const ENDS = new Set([
  'NotAuthorizedException',
  'UserNotFoundException',
  'UserNotConfirmedException',
  'PasswordResetRequiredException',
]);

/** Before its end, a token is replaced this early. */
const EARLY_MS = 60_000;

/** The pauses between questions who is signed in; the last one is repeated. */
const PAUSES_MS = [500, 2_000, 5_000, 10_000, 30_000];

export class Session {
  /** undefined: not known yet; null: signed out. */
  readonly person = new Store<Person | null | undefined>(undefined);
  /** Why it is still not known who is signed in; empty when it is, and at the first failure. */
  readonly problem = new Store('');
  /** Whether the platform ended the session, rather than the user. */
  hasEnded = false;
  private isStarting = false;
  private wake: () => void = () => undefined;
  private idToken = '';
  private endsAt = 0;
  private refreshing: Promise<void> | undefined;

  constructor(
    private readonly config: Config,
    readonly realm: Realm,
    private readonly storage: Storing = ofTab,
  ) {
    if (!this.refreshToken) this.person.set(null);
  }

  private get key(): string {
    return `${this.realm}.refreshToken`;
  }

  private get refreshToken(): string | null {
    return this.storage.getItem(this.key);
  }

  /** After a reload: ask who is signed in, until there is an answer. Raises nothing. */
  async start(): Promise<void> {
    if (this.isStarting) return;
    this.isStarting = true;
    addEventListener('online', this.askNow);
    for (let failures = 0; this.person.value === undefined; failures += 1) {
      try {
        if (!(await this.token())) this.person.set(null);
      } catch (error) {
        if (failures > 0) this.problem.set(inWords(error));
        await this.pause(PAUSES_MS[failures] ?? PAUSES_MS.at(-1)!);
      }
    }
    removeEventListener('online', this.askNow);
    this.problem.set('');
    this.isStarting = false;
  }

  /** End the pause of `start`. */
  readonly askNow = (): void => this.wake();

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The ID token, valid for some time at least; undefined when signed out. Raises Unreachable. */
  async token(): Promise<string | undefined> {
    if (!this.refreshToken) return undefined;
    if (Date.now() > this.endsAt - EARLY_MS) {
      this.refreshing ??= this.refresh().finally(() => (this.refreshing = undefined));
      await this.refreshing;
    }
    return this.idToken || undefined;
  }

  /**
   * The platform refuses this ID token: the one after it, which Cognito gives once for all requests that had it;
   * undefined when signed out. The clock of this computer may have been set back since the sign-in. Raises Unreachable.
   */
  async tokenAfter(refused: string): Promise<string | undefined> {
    if (refused === this.idToken) this.endsAt = 0;
    return this.token();
  }

  /** The ID token. Raises SignedOut. */
  async requireToken(): Promise<string> {
    const token = await this.token();
    if (!token) throw new SignedOut();
    return token;
  }

  signIn(tokens: Tokens): void {
    this.storage.setItem(this.key, tokens.refreshToken);
    this.hasEnded = false;
    this.use(tokens.idToken);
  }

  /** The platform or Cognito accepts the tokens no more. */
  end(): void {
    this.hasEnded = true;
    this.forget();
  }

  /** As the user wants. */
  signOut(): void {
    this.hasEnded = false;
    this.forget();
  }

  /** Forget the tokens. Cognito revokes the refresh token, if it can be reached. */
  private forget(): void {
    const refreshToken = this.refreshToken;
    this.storage.removeItem(this.key);
    this.idToken = '';
    this.endsAt = 0;
    this.person.set(null);
    if (refreshToken) {
      const body = { ClientId: this.config.storefrontClientId, Token: refreshToken };
      void callCognito(this.config, 'RevokeToken', body).catch(() => undefined);
    }
  }

  private use(idToken: string): void {
    const claims = claimsOf(idToken);
    this.idToken = idToken;
    // Not the time of the token: the clock of this computer may be wrong.
    this.endsAt = Date.now() + (claims.exp - claims.iat) * 1000;
    const groups = claims['cognito:groups'] ?? [];
    const person = { userId: claims.sub, email: claims.email ?? '', groups };
    if (JSON.stringify(person) !== JSON.stringify(this.person.value)) this.person.set(person);
  }

  private async refresh(): Promise<void> {
    const refreshToken = this.refreshToken;
    try {
      const body = {
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        ClientId: this.config.storefrontClientId,
        AuthParameters: { REFRESH_TOKEN: refreshToken },
      };
      const answer = await callCognito<Refreshed>(this.config, 'InitiateAuth', body);
      if (this.refreshToken !== refreshToken) return; // Signed out, or in again, meanwhile.
      this.use(answer.AuthenticationResult.IdToken);
    } catch (error) {
      if (error instanceof Unreachable) throw error;
      if (!(error instanceof Refused)) throw new Unreachable(String(error)); // An answer without a token.
      if (!ENDS.has(error.code)) throw new Unreachable(error.code);
      if (this.refreshToken === refreshToken) this.end();
    }
  }
}

/** A question for later: is the user who is signed in now still the one? Answers can come after a sign-out. */
export function stays({ person }: Pick<Session, 'person'>): () => boolean {
  const before = person.value?.userId;
  return () => person.value?.userId === before;
}

/** The claims of a token. Its signature is checked by the platform, not by the page. */
export function claimsOf(token: string): Claims {
  const middle = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(middle), (one) => one.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
}
