import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Session } from '../src/auth/session';
import type { Config } from '../src/config';
import { TimedOut, Unreachable } from '../src/errors';
import { Memory } from './samples';

const CONFIG = { cognitoUrl: 'https://cognito', storefrontClientId: 'client' } as Config;

// Cognito's clock is two hours, twice the life of a token, behind this computer's.
const CLOCK_DIFFERENCE = -7200;

function tokenFor(sub: string, seconds: number): string {
  const iat = Math.floor(Date.now() / 1000) + CLOCK_DIFFERENCE;
  const claims = { sub, email: `${sub}@example.com`, iat, exp: iat + seconds, 'cognito:groups': ['admin'] };
  return `head.${btoa(JSON.stringify(claims))}.signature`;
}

describe('a session', () => {
  let memory: Memory;
  let calls: string[];
  let respond: () => Response;
  const open = (realm: 'shop' | 'staff' = 'shop') => new Session(CONFIG, realm, memory as unknown as Storage);

  beforeEach(() => {
    memory = new Memory();
    calls = [];
    const fresh = { AuthenticationResult: { IdToken: tokenFor('jo', 3600) } };
    respond = () => ({ ok: true, status: 200, json: async () => fresh }) as Response;
    vi.stubGlobal('fetch', async (_: string, options: { headers: Record<string, string> }) => {
      calls.push(options.headers['X-Amz-Target']!.split('.')[1]!);
      return respond();
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('stores the refresh token only', () => {
    const idToken = tokenFor('jo', 3600);
    open().signIn({ idToken, refreshToken: 'refresh' });
    expect([...memory.kept]).toEqual([['shop.refreshToken', 'refresh']]);
  });

  it('is one for shoppers and one for staff', async () => {
    open('staff').signIn({ idToken: tokenFor('clerk', 3600), refreshToken: 'refresh' });
    expect(await open('shop').token()).toBeUndefined();
    expect(memory.getItem('staff.refreshToken')).toBe('refresh');
  });

  it('goes on after a reload', async () => {
    memory.setItem('shop.refreshToken', 'refresh');
    const session = open();
    expect(session.person.value).toBeUndefined();
    expect(await session.token()).toBeTruthy();
    expect(session.person.value).toEqual({ userId: 'jo', email: 'jo@example.com', groups: ['admin'] });
  });

  it('uses a token as long as it lives, whatever the clock of the computer says', async () => {
    const session = open();
    session.signIn({ idToken: tokenFor('jo', 3600), refreshToken: 'refresh' });
    await session.token();
    expect(calls).toEqual([]);
  });

  it('refreshes once for several requests, and early', async () => {
    const session = open();
    session.signIn({ idToken: tokenFor('jo', 30), refreshToken: 'refresh' });
    await Promise.all([session.token(), session.token()]);
    await session.token();
    expect(calls).toEqual(['InitiateAuth']);
  });

  it('survives a network that is away', async () => {
    memory.setItem('shop.refreshToken', 'refresh');
    const session = open();
    respond = () => {
      throw new TypeError('network');
    };
    await expect(session.token()).rejects.toBeInstanceOf(Unreachable);
    expect(memory.getItem('shop.refreshToken')).toBe('refresh');
  });

  describe('after a reload', () => {
    const away = () => {
      throw new TypeError('network');
    };
    let wake: () => void;
    const respondAfter = (failures: number, fail: () => Response) => {
      const good = respond;
      respond = () => (calls.length <= failures ? fail() : good());
    };

    beforeEach(() => {
      vi.useFakeTimers();
      vi.stubGlobal('addEventListener', (_: string, listener: () => void) => void (wake = listener));
      vi.stubGlobal('removeEventListener', () => undefined);
      memory.setItem('shop.refreshToken', 'refresh');
    });
    afterEach(() => void vi.useRealTimers());

    it.each([
      ['no connection', away],
      ['a failure of Cognito', () => ({ ok: false, status: 500, json: async () => ({}) }) as Response],
      ['an answer without a token', () => ({ ok: true, status: 200, json: async () => ({}) }) as Response],
    ])('asks again who is signed in: %s', async (_, fail) => {
      respondAfter(2, fail);
      const session = open();
      void session.start();
      await vi.advanceTimersByTimeAsync(5_000);
      expect(session.person.value).toMatchObject({ userId: 'jo' });
      expect(session.problem.value).toBe('');
      await vi.advanceTimersByTimeAsync(600_000);
      expect(calls).toHaveLength(3);
    });

    it('says so from the second failure on, and asks at once when the user or the browser wants it', async () => {
      respondAfter(6, away);
      const session = open();
      void session.start();
      void session.start();
      await vi.advanceTimersByTimeAsync(100);
      expect([calls.length, session.problem.value]).toEqual([1, '']);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(calls).toHaveLength(6);
      expect(session.problem.value).toContain('could not be reached');
      wake();
      await vi.advanceTimersByTimeAsync(0);
      expect(session.person.value).toMatchObject({ userId: 'jo' });
    });

    it('asks nothing without a sign-in, and no more after a sign-out', async () => {
      respondAfter(100, away);
      void open('staff').start();
      await vi.advanceTimersByTimeAsync(0);
      expect(calls).toEqual([]);
      const session = open();
      void session.start();
      await vi.advanceTimersByTimeAsync(0);
      session.signOut();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(calls).toEqual(['InitiateAuth', 'RevokeToken']);
    });
  });

  it('is given up when Cognito does not answer in time', async () => {
    vi.useFakeTimers();
    memory.setItem('shop.refreshToken', 'refresh');
    vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) => {
      return new Promise((_, reject) => (signal!.onabort = () => reject(signal!.reason)));
    });
    const failed = expect(open().token()).rejects.toBeInstanceOf(TimedOut);
    await vi.advanceTimersByTimeAsync(36_000);
    await failed;
    vi.useRealTimers();
  });

  it('ends when Cognito refuses the refresh token', async () => {
    memory.setItem('shop.refreshToken', 'old');
    const session = open();
    respond = () =>
      ({ ok: false, status: 400, json: async () => ({ __type: 'NotAuthorizedException', message: '' }) }) as Response;
    expect(await session.token()).toBeUndefined();
    expect(session.person.value).toBeNull();
    expect(memory.kept.size).toBe(0);
    expect(session.hasEnded).toBe(true);
    session.signIn({ idToken: tokenFor('jo', 3600), refreshToken: 'new' });
    expect(session.hasEnded).toBe(false);
  });

  it('gets one new token for all requests whose token was refused', async () => {
    const session = open();
    const refused = tokenFor('jo', 7200);
    session.signIn({ idToken: refused, refreshToken: 'refresh' });
    const renewed = await Promise.all([session.tokenAfter(refused), session.tokenAfter(refused)]);
    expect(new Set(renewed)).toEqual(new Set([tokenFor('jo', 3600)]));
    expect(await session.tokenAfter(refused)).toBe(renewed[0]); // The answer to this request came later.
    expect(calls).toEqual(['InitiateAuth']);
    session.signOut();
    expect(await session.tokenAfter(renewed[0]!)).toBeUndefined();
  });

  it('goes on when Cognito is asked too often', async () => {
    memory.setItem('shop.refreshToken', 'refresh');
    const session = open();
    respond = () =>
      ({ ok: false, status: 400, json: async () => ({ __type: 'TooManyRequestsException', message: '' }) }) as Response;
    await expect(session.token()).rejects.toBeInstanceOf(Unreachable);
    expect(memory.getItem('shop.refreshToken')).toBe('refresh');
  });

  it('is revoked at the sign-out', async () => {
    const session = open();
    session.signIn({ idToken: tokenFor('jo', 3600), refreshToken: 'refresh' });
    session.signOut();
    expect(session.hasEnded).toBe(false);
    expect(calls).toEqual(['RevokeToken']);
    expect(await session.token()).toBeUndefined();
  });
});
