/**
 * Sign-in by SRP: the password never leaves the page. amazon-cognito-identity-js does the cryptography; only the pages
 * that sign in load this module.
 */

import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
  type ICognitoStorage,
} from 'amazon-cognito-identity-js';
import type { Config } from '../config';
import { Refused, TimedOut, Unreachable } from '../errors';
import { LONGEST_MS } from '../in_time';
import type { Tokens } from './session';

export type Outcome =
  | { tokens: Tokens }
  /** Cognito wants a new password: staff accounts start with one that an administrator chose. */
  | { choosePassword: (password: string) => Promise<Tokens> };

export function signIn(config: Config, email: string, password: string): Promise<Outcome> {
  const Storage = forgetful();
  const Pool = new CognitoUserPool({
    UserPoolId: config.userPoolId,
    ClientId: config.storefrontClientId,
    endpoint: config.cognitoUrl,
    Storage,
  });
  const user = new CognitoUser({ Username: email, Pool, Storage });
  user.setAuthenticationFlowType('USER_SRP_AUTH');
  return new Promise((resolve, reject) => {
    limit(reject);
    user.authenticateUser(new AuthenticationDetails({ Username: email, Password: password }), {
      onSuccess: (session) => resolve({ tokens: tokensOf(session) }),
      onFailure: (error) => reject(problemOf(error)),
      newPasswordRequired: () => resolve({ choosePassword: (fresh) => complete(user, fresh) }),
    });
  });
}

function complete(user: CognitoUser, password: string): Promise<Tokens> {
  return new Promise((resolve, reject) => {
    limit(reject);
    user.completeNewPasswordChallenge(
      password,
      {},
      {
        onSuccess: (session) => resolve(tokensOf(session)),
        onFailure: (error) => reject(problemOf(error)),
      },
    );
  });
}

/** The library waits without end. A sign-in is two requests. */
function limit(reject: (error: Error) => void): void {
  setTimeout(() => reject(new TimedOut('Cognito does not answer')), 2 * LONGEST_MS);
}

function tokensOf(session: CognitoUserSession): Tokens {
  return {
    idToken: session.getIdToken().getJwtToken(),
    refreshToken: session.getRefreshToken().getToken(),
  };
}

function problemOf(error: { code?: string; name?: string; message?: string }): Error {
  const code = error.code ?? error.name ?? '';
  return /Exception$/.test(code) ? new Refused(code, error.message ?? '') : new Unreachable(error.message);
}

/** The library would keep the tokens in localStorage. */
function forgetful(): ICognitoStorage {
  const kept = new Map<string, string>();
  return {
    setItem: (key, value) => void kept.set(key, value),
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
}
