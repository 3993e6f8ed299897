/**
 * Sign-in by SRP: the password never leaves the page. amazon-cognito-identity-js does the cryptography; only the pages
 * that sign in load this module.
 */

import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
  type IAuthenticationCallback,
  type ICognitoStorage,
} from 'amazon-cognito-identity-js';
import type { Config } from '../config';
import { Refused, TimedOut, Unreachable } from '../errors';
import { LONGEST_MS } from '../in_time';
import { callCognito } from './cognito_calls';
import type { Tokens } from './session';

export type Outcome =
  /** `endSessions` ends all of the user, this one too. ID tokens live to their end, for an hour. */
  | { tokens: Tokens; endSessions: () => Promise<void> }
  /** Cognito wants a new password: staff accounts start with one that an administrator chose. */
  | { choosePassword: (password: string) => Promise<Outcome> }
  /** Cognito wants the code of the user's authenticator app. After a wrong code the right one may follow. */
  | { enterCode: (code: string) => Promise<Outcome> };

/** Raises Refused, also when Cognito asks for a step that the pages do not have, or Unreachable. */
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
  const details = new AuthenticationDetails({ Username: email, Password: password });
  return new SignIn(config, user).step((callbacks) => user.authenticateUser(details, callbacks), {});
}

class SignIn {
  constructor(
    private readonly config: Config,
    private readonly user: CognitoUser,
  ) {}

  /** One request, and what Cognito wants next. Of a challenge without a callback the library makes a TypeError. */
  step(send: (callbacks: IAuthenticationCallback) => void, meanings: Record<string, string>): Promise<Outcome> {
    const { user } = this;
    return new Promise((resolve, reject) => {
      limit(reject);
      const hasNoField = () => reject(new Refused('OtherStep', 'not on this page'));
      send({
        onSuccess: (session) => resolve(this.signedIn(session)),
        onFailure: (error: LibraryError) => reject(problemOf(error, meanings)),
        newPasswordRequired: () =>
          resolve({
            choosePassword: (fresh) =>
              this.step((callbacks) => user.completeNewPasswordChallenge(fresh, {}, callbacks), LATER),
          }),
        totpRequired: () =>
          resolve({
            enterCode: (code) =>
              this.step((callbacks) => user.sendMFACode(code, callbacks, 'SOFTWARE_TOKEN_MFA'), WITH_A_CODE),
          }),
        mfaRequired: hasNoField,
        selectMFAType: hasNoField,
        mfaSetup: hasNoField,
        customChallenge: hasNoField,
      });
    });
  }

  private signedIn(session: CognitoUserSession): Outcome {
    const tokens = { idToken: session.getIdToken().getJwtToken(), refreshToken: session.getRefreshToken().getToken() };
    const body = { AccessToken: session.getAccessToken().getJwtToken() };
    return { tokens, endSessions: () => callCognito(this.config, 'GlobalSignOut', body) };
  }
}

/** What Cognito's codes mean after the first step, where they are not about the password or a mail. */
const LATER = { NotAuthorizedException: 'SignInExpired' };
const WITH_A_CODE = { ...LATER, CodeMismatchException: 'AppCodeMismatch', ExpiredCodeException: 'AppCodeUsed' };

/** The library waits without end. A sign-in is two requests. */
function limit(reject: (error: Error) => void): void {
  setTimeout(() => reject(new TimedOut('Cognito does not answer')), 2 * LONGEST_MS);
}

interface LibraryError {
  code?: string;
  name?: string;
  message?: string;
}

function problemOf(error: LibraryError, meanings: Record<string, string>): Error {
  const code = error.code ?? error.name ?? '';
  if (!/Exception$/.test(code)) return new Unreachable(error.message);
  return new Refused(meanings[code] ?? code, error.message ?? '');
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
