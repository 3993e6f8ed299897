import { afterEach, describe, expect, it, vi } from 'vitest';
import { CartClaims } from '../src/shop/cart_claims';
import { ofBrowser, ofTab } from '../src/storage';

afterEach(() => {
  vi.unstubAllGlobals();
  for (const storage of [ofBrowser, ofTab]) for (const key of ['key', 'shop.ordering']) storage.removeItem(key);
});

/** Of a browser that blocks site data: to read the property is an error. */
function block(name: string): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get: () => {
      throw new DOMException('denied', 'SecurityError');
    },
  });
  onCleanUp.push(() => {
    if (before) Object.defineProperty(globalThis, name, before);
    else Reflect.deleteProperty(globalThis, name);
  });
}
const onCleanUp: (() => void)[] = [];
afterEach(() => {
  for (const undo of onCleanUp.splice(0)) undo();
});

function memory(isFull = false) {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (isFull) throw new DOMException('full', 'QuotaExceededError');
      values.set(key, value);
    },
    removeItem: (key: string) => values.delete(key),
  };
}

describe.each([
  ['localStorage', ofBrowser],
  ['sessionStorage', ofTab],
] as const)('%s', (name, storage) => {
  it('keeps values in the browser', () => {
    const real = memory();
    vi.stubGlobal(name, real);
    storage.setItem('key', 'one');
    expect(real.getItem('key')).toBe('one');
    expect(storage.getItem('key')).toBe('one');
    storage.removeItem('key');
    expect(storage.getItem('key')).toBeNull();
  });

  it('keeps values in the page when the browser blocks site data', () => {
    block(name);
    expect(storage.getItem('key')).toBeNull();
    storage.setItem('key', 'one');
    expect(storage.getItem('key')).toBe('one');
    storage.removeItem('key');
    expect(storage.getItem('key')).toBeNull();
  });

  it('keeps values in the page when the storage is full', () => {
    vi.stubGlobal(name, memory(true));
    storage.setItem('key', 'one');
    expect(storage.getItem('key')).toBe('one');
  });
});

it('does not keep a shopper from paying when the storage is full', () => {
  vi.stubGlobal('localStorage', memory(true));
  const claims = new CartClaims();
  claims.claim('jo', 1, 'request');
  claims.markOrdered('request');
  expect(claims.isOrderedByAnother('jo', 1, 'another')).toBe(true);
});
