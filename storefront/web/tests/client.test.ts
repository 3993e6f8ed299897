import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Api } from '../src/api/client';
import { getProduct, onOrderChanged, updateCart } from '../src/api/documents';
import type { Person } from '../src/auth/session';
import type { Config } from '../src/config';
import { Refused, SignedOut, TimedOut, Unreachable, inWords } from '../src/errors';
import { Store } from '../src/store';
import { type Tokens, fakeSession } from './fake_session';

const CONFIG = { apiUrl: 'https://api/graphql', apiKey: 'key' } as Config;
const FOUND = { data: { getProduct: { productId: 'pot' } } };

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
}

describe('the API', () => {
  const tokens: Tokens = { now: undefined, fresh: undefined };
  let answers: (Response | Error | 'never')[];
  let sent: Record<string, string>[];
  const person = new Store<Person | null | undefined>(undefined);
  const session = fakeSession(person, tokens);
  const expired = () =>
    answer(401, { errors: [{ errorType: 'UnauthorizedException', message: 'Token has expired.' }] });
  const api = new Api(CONFIG, session);

  beforeEach(() => {
    vi.useFakeTimers();
    tokens.now = undefined;
    tokens.fresh = 'fresh';
    answers = [];
    sent = [];
    vi.stubGlobal('fetch', async (_: string, { headers, signal }: RequestInit) => {
      sent.push(headers as Record<string, string>);
      const next = answers.shift() ?? answer(200, FOUND);
      if (next === 'never') return new Promise((_, reject) => (signal!.onabort = () => reject(signal!.reason)));
      if (next instanceof Error) throw next;
      return next;
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function soon<Value>(promise: Promise<Value>): Promise<Value> {
    promise.catch(() => undefined);
    await vi.runAllTimersAsync();
    return promise;
  }
  const ask = () => soon(api.ask(getProduct, { productId: 'pot' }));
  const input = { cartId: null, productId: 'pot', quantity: 1, expectedVersion: null };

  it('is asked with the key, or in the name of the signed-in user', async () => {
    expect(await ask()).toEqual(FOUND.data);
    tokens.now = 'jo';
    await ask();
    expect(sent[0]).toMatchObject({ 'x-api-key': 'key' });
    expect(sent[1]).toMatchObject({ authorization: 'jo' });
    expect(sent[1]).not.toHaveProperty('x-api-key');
  });

  it('answers no question with the answer to an equal one of another user', async () => {
    tokens.now = 'jo';
    const first = api.ask(getProduct, { productId: 'pot' });
    tokens.now = 'ann';
    await Promise.all([first, ask()]);
    expect(sent.map(({ authorization }) => authorization)).toEqual(['jo', 'ann']);
  });

  it('signs no other user out when a token was refused', async () => {
    tokens.now = 'jo';
    person.set({ userId: 'jo', email: '', groups: [] });
    answers = [answer(401, { errors: [{ message: '', errorType: 'UnauthorizedException' }] })];
    const asked = api.ask(getProduct, { productId: 'pot' });
    await Promise.resolve();
    await Promise.resolve();
    person.set({ userId: 'ann', email: '', groups: [] });
    tokens.now = 'ann';
    await expect(soon(asked)).rejects.toBeInstanceOf(SignedOut);
    expect(tokens.now).toBe('ann');
  });

  it('is asked again when there is no answer', async () => {
    answers = [new TypeError('network'), answer(503, {})];
    expect(await ask()).toEqual(FOUND.data);
    expect(sent).toHaveLength(3);
  });

  it('is not asked for ever', async () => {
    answers = Array.from({ length: 9 }, () => new TypeError('network'));
    await expect(ask()).rejects.toBeInstanceOf(Unreachable);
    expect(sent).toHaveLength(4);
  });

  it('is given up when there is no answer in time, and can be asked again', async () => {
    answers = ['never'];
    const asked = api.ask(getProduct, { productId: 'pot' });
    const failed = expect(asked).rejects.toBeInstanceOf(TimedOut);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(6_000);
    await failed;
    expect(sent).toHaveLength(1);
    expect(await ask()).toEqual(FOUND.data);
  });

  it('is given up when the end of an answer does not come in time', async () => {
    const late = new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode('{"data":')) });
    vi.stubGlobal('fetch', async (_: string, { signal }: RequestInit) => {
      const body = late.pipeThrough(new TransformStream(), { signal: signal! });
      return new Response(body, { headers: { 'Content-Type': 'application/json' } });
    });
    await expect(ask()).rejects.toBeInstanceOf(TimedOut);
  });

  it('is asked once when a repetition would do more', async () => {
    answers = [new TypeError('network')];
    await expect(soon(api.ask(updateCart, { input }, { repeat: false }))).rejects.toBeInstanceOf(Unreachable);
    expect(sent).toHaveLength(1);
  });

  it('refuses with the code of AppSync, which is beside the message', async () => {
    answers = [answer(200, { data: null, errors: [{ errorType: 'UNKNOWN_PRODUCT', message: 'no such product' }] })];
    const error = await ask().catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ code: 'UNKNOWN_PRODUCT', message: 'no such product' });
    expect(sent).toHaveLength(1);
  });

  // What the functions answer when their work has no outcome, and AppSync when a function gave no answer.
  const failed = (errorType: string | null, status = 200) =>
    answer(status, { data: null, errors: [{ errorType, message: 'no', path: ['updateCart'] }] });
  it.each([
    ['TRY_AGAIN', 200],
    ['REFUSED', 200],
    ['Lambda:Unhandled', 200],
    ['Lambda:TooManyRequestsException', 200],
    ['Lambda:AccessDeniedException', 200],
    ['A type that this page does not know', 200],
    [null, 200], // The function's answer breaks the schema: what it did is done.
    ['TooManyRequestsException', 429],
    ['ILLEGAL_MOVE', 503],
  ])('says nothing about the outcome with %s (%i), and is asked again', async (errorType, status) => {
    answers = [failed(errorType, status)];
    expect(await ask()).toEqual(FOUND.data);
    answers = [failed(errorType, status)];
    await expect(soon(api.ask(updateCart, { input }, { repeat: false }))).rejects.toBeInstanceOf(Unreachable);
  });

  it.each(['ExecutionTimeout', 'Lambda:ExecutionTimeoutException'])(
    'is not asked again by itself after half a minute: %s',
    async (errorType) => {
      answers = [failed(errorType)];
      await expect(ask()).rejects.toBeInstanceOf(TimedOut);
      expect(sent).toHaveLength(1);
    },
  );

  it.each([
    ['Unauthorized', 200],
    ['ILLEGAL_MOVE', 200],
    ['WAFForbiddenException', 403],
    ['MalformedHttpRequestException', 400],
  ])('refuses with %s (%i)', async (errorType, status) => {
    answers = [failed(errorType, status)];
    await expect(ask()).rejects.toMatchObject({ code: errorType });
    expect(sent).toHaveLength(1);
  });

  it('refuses a question that is not valid, before it does anything', async () => {
    const message = "Validation error of type FieldUndefined: Field 'x' in type 'Query' is undefined";
    answers = [answer(200, { data: null, errors: [{ path: null, locations: null, message }] })];
    await expect(ask()).rejects.toBeInstanceOf(Refused);
  });

  it('is asked again with a new token when the first one is refused, also for a change', async () => {
    tokens.now = 'old';
    answers = [expired()];
    expect(await ask()).toEqual(FOUND.data);
    answers = [expired(), answer(200, { data: { updateCart: {} } })];
    await soon(api.ask(updateCart, { input }, { repeat: false }));
    expect(sent.map(({ authorization }) => authorization)).toEqual(['old', 'fresh', 'fresh', 'fresh']);
    expect(tokens.now).toBe('fresh');
  });

  it('asks nothing in the name of another user who signed in while the token was renewed', async () => {
    tokens.now = 'jo';
    person.set({ userId: 'jo', email: '', groups: [] });
    const renew = session.tokenAfter;
    session.tokenAfter = async () => {
      person.set({ userId: 'ann', email: '', groups: [] });
      return (tokens.now = 'ann');
    };
    answers = [expired()];
    await expect(ask()).rejects.toBeInstanceOf(SignedOut);
    session.tokenAfter = renew;
    expect([sent.length, tokens.now]).toEqual([1, 'ann']);
  });

  it('keeps the session when no new token could be read', async () => {
    tokens.now = 'old';
    const renew = session.tokenAfter;
    session.tokenAfter = async () => {
      throw new Unreachable('Cognito');
    };
    answers = [expired()];
    const asked = soon(api.ask(updateCart, { input }, { repeat: false }));
    await expect(asked).rejects.toBeInstanceOf(Unreachable);
    session.tokenAfter = renew;
    expect(tokens.now).toBe('old');
  });

  it('ends the session when the new token is refused too', async () => {
    tokens.now = 'old';
    answers = [expired(), expired()];
    await expect(ask()).rejects.toBeInstanceOf(SignedOut);
    expect(tokens.now).toBeUndefined();
  });

  it('says that the page is too old when the key is refused', async () => {
    answers = [answer(401, { errors: [{ errorType: 'UnauthorizedException', message: 'no' }] })];
    expect(inWords(await ask().catch((problem: unknown) => problem))).toBe('This page is too old; please reload it.');
  });

  it('tells when a subscription is open, and what it sends', async () => {
    class FakeSocket {
      static OPEN = 1;
      static last: FakeSocket;
      readyState = 1;
      onopen?: () => void;
      onmessage?: (event: { data: string }) => void;
      constructor() {
        FakeSocket.last = this;
      }
      send = () => undefined;
      close = () => undefined;
    }
    vi.stubGlobal('WebSocket', FakeSocket);
    const heard: unknown[] = [];
    const stop = api.live(
      onOrderChanged,
      { orderId: 'x' },
      { open: () => heard.push('open'), next: (value) => heard.push(value) },
    );
    await vi.advanceTimersByTimeAsync(0);
    const says = (message: object) => FakeSocket.last.onmessage?.({ data: JSON.stringify(message) });
    says({ type: 'connection_ack' });
    says({ type: 'start_ack', id: '1' });
    says({ type: 'data', id: '1', payload: { data: { onOrderChanged: { orderId: 'x' } } } });
    expect(heard).toEqual(['open', { onOrderChanged: { orderId: 'x' } }]);
    stop();
  });
});
