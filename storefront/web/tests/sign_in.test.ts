import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cognitoWords } from '../src/auth/cognito_calls';
import { type Outcome, signIn } from '../src/auth/sign_in';
import type { Config } from '../src/config';
import { Unreachable, inWords } from '../src/errors';

const CONFIG = {
  userPoolId: 'eu-west-1_pool',
  storefrontClientId: 'client',
  cognitoUrl: 'https://cognito',
} as Config;
const VERIFIER = {
  ChallengeName: 'PASSWORD_VERIFIER',
  ChallengeParameters: { USER_ID_FOR_SRP: 'jo', SRP_B: 'abcdef', SALT: 'abcdef', SECRET_BLOCK: 'c2VjcmV0' },
};
const asks = (ChallengeName: string, ChallengeParameters: object = {}) => ({
  ChallengeName,
  Session: `session of ${ChallengeName}`,
  ChallengeParameters,
});
const refuses = (__type: string, message = '') => ({ __type, message });
const token = (name: string) => `head.${btoa(JSON.stringify({ name, iat: 0, exp: 3600 }))}.signature`;
const TOKENS = { AuthenticationResult: { IdToken: token('id'), AccessToken: token('access'), RefreshToken: 'refresh' } };

describe('a sign-in', () => {
  let answers: object[];
  let sent: Record<string, unknown>[];

  beforeEach(() => {
    sent = [];
    vi.stubGlobal('fetch', async (_: string, { body }: { body: string }) => {
      sent.push(JSON.parse(body) as Record<string, unknown>);
      const answer = answers.shift()!;
      const ok = !('__type' in answer);
      return { ok, status: ok ? 200 : 400, headers: new Headers(), json: async () => answer } as Response;
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  const start = (...more: object[]) => {
    answers = [VERIFIER, ...more];
    return signIn(CONFIG, 'jo@example.com', 'Secret-0');
  };
  async function outcome<Kind extends string>(kind: Kind, promise: Promise<Outcome>) {
    const found = await promise;
    if (!(kind in found)) throw new Error(`${kind} is not in ${Object.keys(found).join()}`);
    return found as Extract<Outcome, Record<Kind, unknown>>;
  }
  const words = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => undefined,
      (problem: unknown) => problem,
    );
    expect(error).not.toBeInstanceOf(Unreachable);
    return cognitoWords(error) ?? inWords(error);
  };

  it('gives tokens for a password', async () => {
    expect(await start(TOKENS)).toMatchObject({ tokens: { idToken: token('id'), refreshToken: 'refresh' } });
  });

  it('can end all sessions of the user', async () => {
    const { endSessions } = await outcome('tokens', start(TOKENS));
    answers = [{}];
    await endSessions();
    expect(sent.at(-1)).toEqual({ AccessToken: token('access') });
  });

  it('asks for the code of an authenticator app, if the user has one', async () => {
    const { enterCode } = await outcome('enterCode', start(asks('SOFTWARE_TOKEN_MFA')));
    answers = [TOKENS];
    expect(await enterCode('123456')).toHaveProperty('tokens.refreshToken', 'refresh');
    expect(sent.at(-1)).toMatchObject({
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      Session: 'session of SOFTWARE_TOKEN_MFA',
      ChallengeResponses: { SOFTWARE_TOKEN_MFA_CODE: '123456' },
    });
  });

  it('takes the right code after a wrong one', async () => {
    const { enterCode } = await outcome('enterCode', start(asks('SOFTWARE_TOKEN_MFA')));
    answers = [refuses('CodeMismatchException', 'Invalid code received for user'), TOKENS];
    expect(await words(enterCode('000000'))).toBe('This code is not right. Please enter the one that your app shows now.');
    expect(await enterCode('123456')).toHaveProperty('tokens');
  });

  it('says that a code was used before', async () => {
    const { enterCode } = await outcome('enterCode', start(asks('SOFTWARE_TOKEN_MFA')));
    answers = [refuses('ExpiredCodeException', 'Your software token has already been used once.')];
    expect(await words(enterCode('123456'))).toBe('This code was used before. Please wait for the next one.');
  });

  it('begins again when Cognito has not waited for the code or the new password', async () => {
    const expired = refuses('NotAuthorizedException', 'Invalid session for the user, session is expired.');
    const { enterCode } = await outcome('enterCode', start(asks('SOFTWARE_TOKEN_MFA')));
    answers = [expired];
    expect(await words(enterCode('123456'))).toBe('The sign-in took too long. Please sign in again.');
    const { choosePassword } = await outcome('choosePassword', start(asks('NEW_PASSWORD_REQUIRED', NO_ATTRIBUTES)));
    answers = [expired];
    expect(await words(choosePassword('Secret-1'))).toBe('The sign-in took too long. Please sign in again.');
  });

  const NO_ATTRIBUTES = { userAttributes: '{}', requiredAttributes: '[]' };

  it('can ask for a new password first, and then for the code', async () => {
    const { choosePassword } = await outcome('choosePassword', start(asks('NEW_PASSWORD_REQUIRED', NO_ATTRIBUTES)));
    answers = [asks('SOFTWARE_TOKEN_MFA')];
    const { enterCode } = await outcome('enterCode', choosePassword('Secret-1'));
    answers = [TOKENS];
    expect(await enterCode('123456')).toHaveProperty('tokens');
  });

  it.each(['SMS_MFA', 'SELECT_MFA_TYPE', 'MFA_SETUP', 'CUSTOM_CHALLENGE'])(
    'says that this page has no field for %s',
    async (challenge) => {
      expect(await words(start(asks(challenge)))).toContain('a second step that this page does not have');
    },
  );

  it('is refused with a wrong password', async () => {
    expect(await words(start(refuses('NotAuthorizedException', 'Incorrect username or password.')))).toContain(
      'the password is not right',
    );
  });
});
