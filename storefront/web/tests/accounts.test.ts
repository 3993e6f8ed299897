import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Accounts, cognitoWords } from '../src/auth/cognito_calls';
import type { Config } from '../src/config';
import { Unreachable } from '../src/errors';

const EXISTS = { __type: 'UsernameExistsException', message: 'User already exists.' };
const CONFIRMED = { __type: 'InvalidParameterException', message: 'User is already confirmed.' };
const LIMIT = { __type: 'LimitExceededException', message: 'Attempt limit exceeded, please try after some time.' };

describe('an account', () => {
  const accounts = new Accounts({ cognitoUrl: 'https://cognito', storefrontClientId: 'client' } as Config);
  let calls: string[];
  let answers: (object | Error)[];

  beforeEach(() => {
    calls = [];
    answers = [];
    vi.stubGlobal('fetch', async (_: string, options: { headers: Record<string, string> }) => {
      calls.push(options.headers['X-Amz-Target']!.split('.')[1]!);
      const body = answers.shift() ?? {};
      if (body instanceof Error) throw body;
      const status = '__type' in body ? 400 : 200;
      return { ok: status === 200, status, json: async () => body } as Response;
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  const signUp = () => accounts.signUp('jo@example.com', 'Secret-0').catch((error: unknown) => error);

  it('is created', async () => {
    expect(await signUp()).toBe('new');
    expect(calls).toEqual(['SignUp']);
  });

  it('gets a new code when an earlier sign-up waits for one', async () => {
    answers = [EXISTS];
    expect(await signUp()).toBe('older');
    expect(calls).toEqual(['SignUp', 'ResendConfirmationCode']);
  });

  it('is not created twice when it is confirmed', async () => {
    answers = [EXISTS, CONFIRMED];
    expect(cognitoWords(await signUp())).toContain('There is an account with this address already.');
  });

  it('says why there is no new code', async () => {
    answers = [EXISTS, LIMIT];
    expect(cognitoWords(await signUp())).toContain('Too many attempts.');
    answers = [EXISTS, new TypeError('network')];
    expect(await signUp()).toBeInstanceOf(Unreachable);
  });

  it('is confirmed once, and the repetition of a request whose answer was lost is no error', async () => {
    answers = [{ __type: 'NotAuthorizedException', message: 'User cannot be confirmed. Current status is CONFIRMED' }];
    await accounts.confirm('jo@example.com', '123456');
    answers = [{ __type: 'CodeMismatchException', message: '' }];
    await expect(accounts.confirm('jo@example.com', '123456')).rejects.toMatchObject({ code: 'CodeMismatchException' });
    answers = [{ __type: 'NotAuthorizedException', message: 'User is disabled.' }];
    await expect(accounts.confirm('jo@example.com', '123456')).rejects.toMatchObject({ code: 'NotAuthorizedException' });
  });
});
