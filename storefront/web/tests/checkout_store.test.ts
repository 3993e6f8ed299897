import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Api } from '../src/api/client';
import type { Person } from '../src/auth/session';
import type { Config } from '../src/config';
import { Refused, SignedOut, Unreachable } from '../src/errors';
import { EMPTY } from '../src/shop/address';
import { CartClaims } from '../src/shop/cart_claims';
import { CheckoutStore } from '../src/shop/checkout_store';
import { Store } from '../src/store';
import { type Tokens, fakeSession } from './fake_session';
import { Memory, cart, line, order } from './samples';

const CONFIG = { cartUrl: 'https://cart', paymentUrl: 'https://pay' } as Config;
const CARD = '4242424242424242';

const JO: Person = { userId: 'jo', email: '', groups: [] };
const ANN: Person = { userId: 'ann', email: '', groups: [] };

function answer(status: number, body: unknown): Response {
  return { ok: status < 300, status, json: async () => body } as Response;
}

describe('the checkout of a tab', () => {
  const person = new Store<Person | null | undefined>(JO);
  let storage: Storage;
  let claims: Storage;
  /** Runs before the next answer. */
  let meanwhile: () => void | Promise<void>;
  let sent: { url: string; body: string; key: string; token: string }[];
  let answers: (Response | Error)[];
  const tokens: Tokens = { now: undefined, fresh: undefined };

  const session = fakeSession(person, tokens);
  const api = { ask: async () => ({ getDeliveryPricing: { pricing: 500 } }) } as unknown as Api;
  const open = () => new CheckoutStore(api, session, CONFIG, storage, new CartClaims(claims));
  const switchTo = (next: Person) => {
    person.set(null);
    person.set(next);
  };

  beforeEach(() => {
    vi.useFakeTimers();
    person.set(JO);
    storage = new Memory() as unknown as Storage;
    claims = new Memory() as unknown as Storage;
    meanwhile = () => undefined;
    sent = [];
    answers = [];
    tokens.now = 'token';
    tokens.fresh = 'fresh';
    vi.stubGlobal('fetch', async (url: string, options: RequestInit) => {
      const headers = options.headers as Record<string, string>;
      const [key, token] = [headers['Idempotency-Key'] ?? '', headers['Authorization'] ?? ''];
      sent.push({ url, body: String(options.body), key, token });
      await meanwhile();
      const next = answers.shift();
      if (!next)
        return url.endsWith('/preauth') ? answer(200, { paymentToken: 'held' }) : answer(201, { order: order() });
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

  async function paid(): Promise<CheckoutStore> {
    const store = open();
    await store.quote(EMPTY, cart([line('pot', 2)]));
    await store.pay(CARD);
    return store;
  }

  const noAnswers = () => Array.from({ length: 5 }, () => new TypeError('network'));
  const checkouts = () => sent.filter(({ url }) => url.endsWith('/checkout')).map(({ body }) => body);

  it('stores the request before it is sent', async () => {
    const store = await paid();
    expect(checkouts()).toEqual([]);
    expect(JSON.parse(storage.getItem('shop.checkout')!).request).toEqual(store.state.value.request);
  });

  it('sends the same request until there is an answer', async () => {
    const store = await paid();
    answers = [new TypeError('network'), answer(503, {}), answer(200, { order: order() })];
    expect(await soon(store.finish())).toMatchObject({ orderId: 'order' });
    expect(new Set(checkouts()).size).toBe(1);
    expect(checkouts()).toHaveLength(3);
    expect(store.state.value.request).toBeUndefined();
  });

  it('keeps the request when no answer comes, also over a reload', async () => {
    const store = await paid();
    answers = noAnswers();
    await expect(soon(store.finish())).rejects.toBeInstanceOf(Unreachable);
    const again = open(); // after a reload
    expect(await soon(again.finish())).toMatchObject({ orderId: 'order' });
    expect(new Set(checkouts()).size).toBe(1);
  });

  it('sends once when it is asked twice at the same time', async () => {
    const store = await paid();
    await soon(Promise.all([store.finish(), store.finish()]));
    expect(checkouts()).toHaveLength(1);
  });

  it('uses another client token after a refusal, and the money that is held', async () => {
    const store = await paid();
    answers = [answer(409, { problems: [{ code: 'CART_CHANGED', message: '' }] })];
    expect(await soon(store.finish())).toEqual([{ code: 'CART_CHANGED', message: '' }]);
    await store.quote(EMPTY, cart([line('pot', 2)], { version: 2 }));
    await store.pay('');
    await soon(store.finish());
    const [first, second] = checkouts().map(
      (body) => JSON.parse(body) as { clientToken: string; paymentToken: string },
    );
    expect(first!.clientToken).not.toBe(second!.clientToken);
    expect(second!.paymentToken).toBe(first!.paymentToken);
    expect(sent.filter(({ url }) => url.endsWith('/preauth'))).toHaveLength(1);
  });

  it('keeps the request when the session has ended', async () => {
    const store = await paid();
    answers = [answer(401, {}), answer(401, {})];
    await expect(soon(store.finish())).rejects.toBeInstanceOf(SignedOut);
    expect(store.state.value.request).toBeDefined();
    expect(tokens.now).toBeUndefined();
  });

  it('sends the request again with a new token when the first one is refused', async () => {
    const store = await paid();
    answers = [answer(401, {})];
    expect(await soon(store.finish())).toMatchObject({ orderId: 'order' });
    expect(sent.slice(1).map(({ token }) => token)).toEqual(['token', 'fresh']);
    expect(new Set(checkouts()).size).toBe(1);
  });

  describe('whose hold has no answer', () => {
    let store: CheckoutStore;
    const keys = () => sent.map(({ key }) => key);
    beforeEach(async () => {
      store = open();
      await store.quote(EMPTY, cart([line('pot', 2)]));
      answers = [new TypeError('network')];
      await expect(store.pay(CARD)).rejects.toBeInstanceOf(Unreachable);
    });

    it('asks for the same hold again, also after a reload or another look at the address', async () => {
      answers = [answer(503, {}), new TypeError('network')];
      await expect(open().pay(CARD)).rejects.toBeInstanceOf(Unreachable);
      store.reopen();
      await store.quote(EMPTY, cart([line('pot', 2)], { version: 2 }));
      await expect(store.pay(CARD)).rejects.toBeInstanceOf(Unreachable);
      await store.pay(CARD);
      expect(keys()[0]).toMatch(/^[0-9a-f]{64}$/);
      expect(keys()).toEqual(Array.from({ length: 4 }, () => keys()[0]));
    });

    it('asks for another hold with another card, sum or currency, and for another purchase', async () => {
      answers = Array.from({ length: 4 }, () => new TypeError('network'));
      await expect(store.pay('5555555555554444')).rejects.toBeInstanceOf(Unreachable);
      await store.quote(EMPTY, cart([line('pot', 3)]));
      await expect(store.pay(CARD)).rejects.toBeInstanceOf(Unreachable);
      await store.quote(EMPTY, cart([line('pot', 2)], { currency: 'USD' }));
      await expect(store.pay(CARD)).rejects.toBeInstanceOf(Unreachable);
      store.forget();
      person.set(JO);
      await store.quote(EMPTY, cart([line('pot', 2)]));
      await expect(store.pay(CARD)).rejects.toBeInstanceOf(Unreachable);
      expect(new Set(keys()).size).toBe(5);
    });
  });

  it('stores no card number, and orders nothing when the card is refused', async () => {
    const store = open();
    await store.quote(EMPTY, cart([line('pot', 2)]));
    answers = [answer(400, { message: 'cardNumber must have 16 digits' })];
    await expect(store.pay(CARD)).rejects.toBeInstanceOf(Refused);
    expect(store.state.value.request).toBeUndefined();
    await store.pay(CARD);
    expect(storage.getItem('shop.checkout')).not.toContain(CARD);
  });

  describe('when another shopper signs in before the answer', () => {
    it('keeps no held money', async () => {
      const store = open();
      await store.quote(EMPTY, cart([line('pot', 2)]));
      meanwhile = () => switchTo(ANN);
      await expect(store.pay(CARD)).rejects.toBeInstanceOf(SignedOut);
      expect(store.state.value).toEqual({ userId: 'ann' });
    });

    it('keeps no address', async () => {
      const slow = { ask: async () => (switchTo(ANN), { getDeliveryPricing: { pricing: 500 } }) } as unknown as Api;
      const store = new CheckoutStore(slow, session, CONFIG, storage, new CartClaims(claims));
      await expect(store.quote(EMPTY, cart([line('pot', 2)]))).rejects.toBeInstanceOf(SignedOut);
      expect(store.state.value).toEqual({ userId: 'ann' });
    });

    it('does not send the request in her name, and leaves her signed in', async () => {
      const store = await paid();
      meanwhile = () => switchTo(ANN);
      answers = [new TypeError('network')];
      await expect(soon(store.finish())).rejects.toBeInstanceOf(SignedOut);
      expect(checkouts()).toHaveLength(1);
      expect(store.state.value).toEqual({ userId: 'ann' });
      expect(tokens.now).toBe('token');
    });

    it('answers her own request with her own order', async () => {
      const store = await paid();
      meanwhile = () => {
        meanwhile = () => undefined;
        switchTo(ANN);
      };
      answers = [new TypeError('network')];
      const first = soon(store.finish());
      await expect(first).rejects.toBeInstanceOf(SignedOut);
      await store.quote(EMPTY, cart([line('pan', 1)]));
      await store.pay(CARD);
      expect(await soon(store.finish())).toMatchObject({ orderId: 'order' });
      expect(new Set(checkouts()).size).toBe(2);
    });
  });

  it('forgets everything at a sign-out', async () => {
    const store = await paid();
    store.forget();
    person.set(null);
    expect(storage.getItem('shop.checkout')).toBe('{}');
  });

  describe('in two windows', () => {
    const window = () => new CheckoutStore(api, session, CONFIG, new Memory() as unknown as Storage, new CartClaims(claims));
    const ready = async (version = 1) => {
      const store = window();
      await store.quote(EMPTY, cart([line('pot', 2)], { version }));
      return store;
    };

    it('orders one version of a cart once', async () => {
      const [one, other] = [await ready(), await ready()];
      await one.pay(CARD);
      const ordering = { code: 'CART_ORDERED', message: expect.stringContaining('in two minutes') };
      await expect(other.pay(CARD)).rejects.toMatchObject(ordering);
      await soon(one.finish());
      const ordered = { code: 'CART_ORDERED', message: expect.stringContaining('this cart was ordered') };
      await expect(other.pay(CARD)).rejects.toMatchObject(ordered);
      expect(sent.filter(({ url }) => url.endsWith('/preauth'))).toHaveLength(1);
    });

    it('orders the next version', async () => {
      await (await ready()).pay(CARD);
      await (await ready(2)).pay(CARD);
    });

    it('orders after the refusal of the other', async () => {
      const [one, other] = [await ready(), await ready()];
      await one.pay(CARD);
      answers = [answer(409, { problems: [{ code: 'INSUFFICIENT_STOCK', message: '' }] })];
      await soon(one.finish());
      await other.pay(CARD);
    });

    it('orders two minutes after the other was closed', async () => {
      await (await ready()).pay(CARD);
      const other = await ready();
      await expect(other.pay(CARD)).rejects.toMatchObject({ code: 'CART_ORDERED' });
      await vi.advanceTimersByTimeAsync(120_001);
      await other.pay(CARD);
    });

    it('does not order while the other waits for an answer, however long', async () => {
      const [one, other] = [await ready(), await ready()];
      await one.pay(CARD);
      meanwhile = () => new Promise((resolve) => setTimeout(resolve, 35_000));
      answers = noAnswers();
      const sending = one.finish();
      sending.catch(() => undefined);
      await vi.advanceTimersByTimeAsync(150_000);
      expect(checkouts()).toHaveLength(4);
      await expect(soon(other.pay(CARD))).rejects.toMatchObject({ code: 'CART_ORDERED' });
      await expect(sending).rejects.toBeInstanceOf(Unreachable);
    });

    describe('of which one had no answer, two minutes later', () => {
      let one: CheckoutStore;
      let other: CheckoutStore;
      beforeEach(async () => {
        [one, other] = [await ready(), await ready()];
        await one.pay(CARD);
        answers = noAnswers();
        await expect(soon(one.finish())).rejects.toBeInstanceOf(Unreachable);
        await vi.advanceTimersByTimeAsync(120_001);
      });

      it('sends the request again', async () => {
        expect(await soon(one.finish())).toMatchObject({ orderId: 'order' });
        await expect(other.pay(CARD)).rejects.toMatchObject({ code: 'CART_ORDERED' });
      });

      it('keeps the request while the other one pays, and sends it after a refusal', async () => {
        await other.pay(CARD);
        await expect(soon(one.finish())).rejects.toMatchObject({ code: 'CART_ORDERED' });
        expect(checkouts()).toHaveLength(5);
        answers = [answer(409, { problems: [{ code: 'PAYMENT_REFUSED', message: '' }] })];
        await soon(other.finish());
        expect(await soon(one.finish())).toMatchObject({ orderId: 'order' });
      });

      it.each([0, 3_600_001])('ends the request when the other one has ordered, %i ms ago', async (passed) => {
        await other.pay(CARD);
        await soon(other.finish());
        await vi.advanceTimersByTimeAsync(passed);
        expect(await soon(one.finish())).toMatchObject([{ code: 'CART_ORDERED' }]);
        expect(one.state.value.request).toBeUndefined();
        expect(checkouts()).toHaveLength(6);
      });

      it('ends the request when the other one has ordered this version and the next', async () => {
        for (const version of [1, 2]) {
          await other.quote(EMPTY, cart([line('pot', 2)], { version }));
          await other.pay(CARD);
          await soon(other.finish());
        }
        expect(await soon(one.finish())).toMatchObject([{ code: 'CART_ORDERED' }]);
        expect(checkouts()).toHaveLength(7);
      });
    });
  });
});
