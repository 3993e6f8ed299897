import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Api } from '../src/api/client';
import type { Cart } from '../src/api/documents';
import type { Person, Session } from '../src/auth/session';
import { Refused, SignedOut, TimedOut, Unreachable } from '../src/errors';
import { quantityOf } from '../src/shop/cart_rules';
import { CartStore } from '../src/shop/cart_store';
import { Store } from '../src/store';
import { cart, line } from './samples';

interface Input {
  cartId: string | null;
  productId: string;
  quantity: number;
  expectedVersion: number | null;
}

/** The platform's carts, as far as these tests need them. */
class FakePlatform {
  carts = new Map<string, Cart>();
  isSignedIn = false;
  calls: string[] = [];
  /** Requests that do not arrive, once each. */
  away: string[] = [];
  /** Runs before the next change is made, or after it. */
  before: (() => void)[] = [];
  after: (() => void)[] = [];

  ask = async (document: { definitions: readonly unknown[] }, variables: Record<string, unknown>) => {
    const { name } = document.definitions[0] as { name: { value: string } };
    this.calls.push(name.value);
    if (this.away[0] === name.value) throw new Unreachable(this.away.shift());
    if (name.value === 'Cart') return { getCart: this.read((variables['cartId'] as string | null) ?? '') };
    if (name.value === 'MergeCart') return { mergeCart: this.merge(variables['cartId'] as string) };
    this.before.shift()?.();
    const updateCart = this.change(variables['input'] as Input);
    this.after.shift()?.();
    return { updateCart };
  };

  private key(cartId: string): string {
    return this.isSignedIn ? 'own' : cartId;
  }

  private read(cartId: string): Cart | null {
    const found = this.carts.get(this.key(cartId));
    return found ?? (this.isSignedIn ? cart([], { cartId: 'own' }) : null);
  }

  change({ cartId, productId, quantity, expectedVersion }: Input): Cart {
    if (!this.isSignedIn && cartId && !this.carts.has(cartId)) throw new Refused('NOT_FOUND', '');
    const key = this.key(cartId ?? `new-${this.carts.size}`);
    const old = this.carts.get(key) ?? cart([], { cartId: key, version: 0 });
    if (expectedVersion !== null && expectedVersion !== old.version && this.carts.has(key))
      throw new Refused('CONFLICT', '');
    const lines = [
      ...old.lines.filter((one) => one.productId !== productId),
      ...(quantity ? [line(productId, quantity)] : []),
    ];
    const changed = cart(lines, { cartId: key, version: old.version + 1 });
    this.carts.set(key, changed);
    return changed;
  }

  private merge(cartId: string): Cart {
    const own = this.carts.get('own') ?? cart([], { cartId: 'own' });
    const taken = this.carts.get(cartId)?.lines ?? [];
    const lines = taken.map((one) => line(one.productId, one.quantity + quantityOf(own, one.productId)));
    const others = own.lines.filter((one) => quantityOf(cart(lines), one.productId) === 0);
    const merged = cart([...others, ...lines], {
      cartId: 'own',
      version: own.version + 1,
    });
    this.carts.delete(cartId);
    this.carts.set('own', merged);
    return merged;
  }
}

describe('the cart of a browser', () => {
  let platform: FakePlatform;
  let person: Store<Person | null | undefined>;
  let stored: Map<string, string>;
  let channels: { onmessage: (() => void) | undefined }[];
  const open = () => {
    const session = { person, token: async () => (platform.isSignedIn ? 'token' : undefined) } as unknown as Session;
    return new CartStore(platform as unknown as Api, session);
  };

  beforeEach(() => {
    platform = new FakePlatform();
    person = new Store<Person | null | undefined>(null);
    stored = new Map();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
      removeItem: (key: string) => stored.delete(key),
    });
    channels = [];
    vi.stubGlobal(
      'BroadcastChannel',
      class {
        onmessage: (() => void) | undefined;
        constructor() {
          channels.push(this);
        }
        postMessage = () => undefined;
      },
    );
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 1000 });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('is one cart, however quickly the first changes follow each other', async () => {
    const store = open();
    await Promise.all([store.change({ productId: 'pot', by: 1 }), store.change({ productId: 'pan', by: 1 })]);
    expect(platform.carts.size).toBe(1);
    expect(stored.get('shop.cartId')).toBe('new-0');
  });

  it('stays with the anonymous window that filled it, when a shopper is signed in in another one', async () => {
    platform.isSignedIn = true;
    person = new Store<Person | null | undefined>({ userId: 'jo', email: '', groups: [] });
    const store = open();
    await store.load();
    platform.carts.set('own', cart([line('pan', 1)], { cartId: 'own', version: 5 }));
    platform.carts.set('anonymous', cart([line('pot', 1)], { cartId: 'anonymous' }));
    stored.set('shop.cartId', 'anonymous');
    channels[0]!.onmessage!();
    await vi.waitFor(() => expect(quantityOf(store.cart.value!, 'pan')).toBe(1));
    expect(platform.calls).not.toContain('MergeCart');
    expect(stored.get('shop.cartId')).toBe('anonymous');
  });

  it('is the same cart after a reload', async () => {
    await open().change({ productId: 'pot', by: 2 });
    expect(quantityOf(await open().load(), 'pot')).toBe(2);
  });

  it('is not shown to the next one when its answer comes after a sign-out', async () => {
    platform.isSignedIn = true;
    person = new Store<Person | null | undefined>({ userId: 'jo', email: '', groups: [] });
    const store = open();
    platform.carts.set('own', cart([line('pot', 1)], { cartId: 'own' }));
    const reading = store.load();
    await Promise.resolve();
    platform.isSignedIn = false;
    person.set(null);
    await expect(reading).rejects.toBeInstanceOf(SignedOut);
    expect(store.cart.value).toBeNull();
  });

  it('adds once when the answer was lost', async () => {
    const store = open();
    await store.change({ productId: 'pot', by: 1 });
    platform.after = [
      () => {
        throw new Unreachable('lost');
      },
    ];
    await store.change({ productId: 'pot', by: 1 });
    expect(quantityOf(store.cart.value!, 'pot')).toBe(2);
  });

  describe.each([
    ['in time', 1, () => new TimedOut('late')],
    ['three times', 3, () => new Unreachable('lost')],
  ])('without an answer %s', (_, times, error) => {
    let store: CartStore;
    const lose = (): never => {
      throw error();
    };
    beforeEach(async () => {
      store = open();
      await store.change({ productId: 'pot', by: 1 });
    });

    it('adds once when the first request was made and the shopper tries again', async () => {
      platform.after = [lose];
      platform.before = [() => undefined, ...Array.from({ length: times - 1 }, () => lose)];
      await expect(store.change({ productId: 'pot', by: 1 })).rejects.toBeInstanceOf(Unreachable);
      await store.change({ productId: 'pot', by: 1 });
      expect(quantityOf(store.cart.value!, 'pot')).toBe(2);
      await store.change({ productId: 'pot', by: 1 });
      expect(quantityOf(platform.carts.get('new-0')!, 'pot')).toBe(3);
    });

    it('adds once when no request arrived and the shopper tries again', async () => {
      platform.before = Array.from({ length: times }, () => lose);
      await expect(store.change({ productId: 'pot', by: 1 })).rejects.toBeInstanceOf(Unreachable);
      await store.change({ productId: 'pot', by: 1 });
      expect(quantityOf(platform.carts.get('new-0')!, 'pot')).toBe(2);
    });

    it('adds again when the shopper has seen that it was made', async () => {
      platform.after = [lose];
      platform.before = [() => undefined, ...Array.from({ length: times - 1 }, () => lose)];
      await expect(store.change({ productId: 'pot', by: 1 })).rejects.toBeInstanceOf(Unreachable);
      expect(quantityOf(await store.load(), 'pot')).toBe(2);
      await store.change({ productId: 'pot', by: 1 });
      expect(quantityOf(platform.carts.get('new-0')!, 'pot')).toBe(3);
    });
  });

  it('lets the other windows go on when there is no answer in time', async () => {
    const store = open();
    await store.change({ productId: 'pot', by: 1 });
    platform.after = [
      () => {
        throw new TimedOut('late');
      },
    ];
    await expect(store.change({ productId: 'pot', by: 1 })).rejects.toBeInstanceOf(TimedOut);
    expect(platform.calls).toEqual(['UpdateCart', 'UpdateCart']);
  });

  it('adds to what another window added meanwhile', async () => {
    const store = open();
    await store.change({ productId: 'pot', by: 1 });
    platform.before = [
      () => platform.change({ cartId: 'new-0', productId: 'pot', quantity: 5, expectedVersion: null }),
    ];
    await store.change({ productId: 'pot', by: 1 });
    expect(quantityOf(store.cart.value!, 'pot')).toBe(6);
  });

  it('does not go back to an older answer', async () => {
    const store = open();
    await store.change({ productId: 'pot', by: 1 });
    const old = platform.carts.get('new-0')!;
    await store.change({ productId: 'pot', by: 1 });
    platform.carts.set('new-0', old); // An answer that was overtaken.
    await store.load();
    expect(quantityOf(store.cart.value!, 'pot')).toBe(2);
  });

  it('starts anew when the cart is gone', async () => {
    stored.set('shop.cartId', 'gone');
    const store = open();
    await store.change({ productId: 'pot', by: 1 });
    expect(quantityOf(store.cart.value!, 'pot')).toBe(1);
    expect(stored.get('shop.cartId')).not.toBe('gone');
  });

  it('is merged at the sign-in, and the id is forgotten', async () => {
    const store = open();
    await store.change({ productId: 'pot', by: 2 });
    platform.isSignedIn = true;
    expect(quantityOf(await store.load(), 'pot')).toBe(2);
    expect(stored.has('shop.cartId')).toBe(false);
    expect(store.notice.value).toContain('One product');
    await store.load();
    expect(platform.calls.filter((name) => name === 'MergeCart')).toHaveLength(1);
  });

  it('keeps the id when the merge had no answer', async () => {
    const store = open();
    await store.change({ productId: 'pot', by: 2 });
    platform.isSignedIn = true;
    const ask = platform.ask;
    platform.ask = async () => {
      throw new Unreachable('away');
    };
    await expect(store.load()).rejects.toBeInstanceOf(Unreachable);
    platform.ask = ask;
    expect(quantityOf(await store.load(), 'pot')).toBe(2);
  });

  it('is merged before a change, when an earlier merge had no answer', async () => {
    const store = open();
    await store.change({ productId: 'lamp', by: 1 });
    await store.change({ productId: 'lamp', by: 1 });
    platform.carts.set('own', cart([line('pot', 1)], { cartId: 'own', version: 2 })); // The same version.
    platform.isSignedIn = true;
    platform.away = ['MergeCart'];
    await expect(store.load()).rejects.toBeInstanceOf(Unreachable);
    await store.change({ productId: 'lamp', by: 1 });
    expect(quantityOf(store.cart.value!, 'lamp')).toBe(3);
    await store.load();
    expect(quantityOf(platform.carts.get('own')!, 'lamp')).toBe(3);
    expect(quantityOf(platform.carts.get('own')!, 'pot')).toBe(1);
  });
});
