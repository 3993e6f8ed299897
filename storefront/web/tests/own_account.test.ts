import { beforeEach, describe, expect, it } from 'vitest';
import type { Accounts } from '../src/auth/cognito_calls';
import { confirmSignUp, setPassword } from '../src/auth/own_account';
import type { Outcome } from '../src/auth/sign_in';
import { Refused, Unreachable } from '../src/errors';

const MAIL = { email: 'jo@example.com', code: '123456', password: 'Secret-1' };
const WRONG = new Refused('NotAuthorizedException', 'Incorrect username or password.');
const USED = new Refused('ExpiredCodeException', 'Invalid code provided, please request a code again.');

describe('an account of an address', () => {
  let calls: string[];
  let failures: Record<string, Error[]>;
  const answer = (call: string): void => {
    calls.push(call);
    const failure = failures[call]?.shift();
    if (failure) throw failure;
  };
  const accounts = {
    confirm: async () => answer('confirm'),
    forgot: async () => answer('forgot'),
    reset: async () => answer('reset'),
  } as unknown as Accounts;
  const signedIn = (): Outcome => ({
    tokens: { idToken: `${calls.length}`, refreshToken: '' },
    endSessions: async () => answer('end sessions'),
  });
  const signIn = async () => {
    answer('sign in');
    return signedIn();
  };
  const signInWithApp = async (): Promise<Outcome> => {
    answer('sign in');
    return {
      enterCode: async () => {
        answer('enter code');
        return signedIn();
      },
    };
  };

  beforeEach(() => {
    calls = [];
    failures = {};
  });

  describe('after its sign-up', () => {
    const confirm = (password: string, isOlder: boolean) =>
      confirmSignUp(accounts, signIn, { ...MAIL, password, isOlder });

    it('is signed in to with the password of the sign-up', async () => {
      expect(await confirm('Secret-1', false)).toHaveProperty('tokens');
      expect(calls).toEqual(['confirm', 'sign in']);
    });

    it('is signed in to when it is older, but has this password: the answer of an earlier sign-up was lost', async () => {
      expect(await confirm('Secret-1', true)).toHaveProperty('tokens');
      expect(calls).toEqual(['confirm', 'sign in']);
    });

    it('gets a new password, with a code for it, when it was made with another one, perhaps by a stranger', async () => {
      failures = { 'sign in': [WRONG] };
      expect(await confirm('Secret-1', true)).toBe('new password');
      expect(calls).toEqual(['confirm', 'sign in', 'forgot']);
    });

    it('gets one also after a reload, which loses the password that was typed', async () => {
      expect(await confirm('', true)).toBe('new password');
      expect(calls).toEqual(['confirm', 'forgot']);
      calls = [];
      expect(await confirm('', false)).toBe('sign in');
      expect(calls).toEqual(['confirm']);
    });

    it('is no other account because the shop could not be reached', async () => {
      failures = { 'sign in': [new Unreachable('')] };
      await expect(confirm('Secret-1', true)).rejects.toBeInstanceOf(Unreachable);
      expect(calls).toEqual(['confirm', 'sign in']);
    });
  });

  describe('with a new password', () => {
    const set = (how = signIn as () => Promise<Outcome>) => setPassword(accounts, how, MAIL);

    it('has no session but the one that begins then', async () => {
      expect(await set()).toMatchObject({ tokens: { idToken: '4' } });
      expect(calls).toEqual(['reset', 'sign in', 'end sessions', 'sign in']);
    });

    it.each(['reset', 'sign in', 'end sessions'])('is finished by a repetition after a lost answer to: %s', async (lost) => {
      failures = { [lost]: [new Unreachable('')], reset: lost === 'reset' ? [new Unreachable(''), USED] : [] };
      await expect(set()).rejects.toBeInstanceOf(Unreachable);
      failures = { reset: [USED] };
      calls = [];
      expect(await set()).toHaveProperty('tokens');
      expect(calls).toEqual(['reset', 'sign in', 'end sessions', 'sign in']);
    });

    it('is not set by a code that was used for another one', async () => {
      failures = { reset: [USED], 'sign in': [WRONG] };
      await expect(set()).rejects.toBe(USED);
      failures = { reset: [new Refused('CodeMismatchException', '')] };
      calls = [];
      await expect(set()).rejects.toMatchObject({ code: 'CodeMismatchException' });
      expect(calls).toEqual(['reset']);
    });

    it('needs the code of the authenticator app, which counts once: the user signs in again', async () => {
      const step = await set(signInWithApp);
      if (!('enterCode' in step)) throw new Error('no code is asked for');
      expect(calls).toEqual(['reset', 'sign in']);
      expect(await step.enterCode('123456')).toEqual({ signInAgain: true });
      expect(calls).toEqual(['reset', 'sign in', 'enter code', 'end sessions']);
    });
  });
});
