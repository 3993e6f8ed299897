import { describe, expect, it } from 'vitest';
import { canBeOrdered, countOf, isDone, mergeNotice, wanted, withQuantities } from '../src/shop/cart_rules';
import { cart, line } from './samples';

describe('a change of the cart', () => {
  it('adds to what is there, or sets it', () => {
    expect(wanted(cart([line('pot', 2)]), { productId: 'pot', by: 3 })).toBe(5);
    expect(wanted(cart([line('pot', 2)]), { productId: 'pot', to: 0 })).toBe(0);
    expect(wanted(null, { productId: 'pot', by: 1 })).toBe(1);
  });

  it('stays within the limits', () => {
    expect(wanted(cart([line('pot', 999)]), { productId: 'pot', by: 10 })).toBe(1000);
    expect(wanted(null, { productId: 'pot', by: -1 })).toBe(0);
  });

  it('is done after a conflict only when its own answer was lost', () => {
    const now = cart([line('pot', 3)]);
    expect(isDone(now, { productId: 'pot', by: 1 }, 3, true)).toBe(true);
    expect(isDone(now, { productId: 'pot', by: 1 }, 3, false)).toBe(false);
    expect(isDone(now, { productId: 'pot', by: 1 }, 4, true)).toBe(false);
  });
});

describe('a cart', () => {
  it('counts units', () => {
    expect(countOf(cart([line('pot', 2), line('pan', 3)]))).toBe(5);
    expect(countOf(null)).toBe(0);
  });

  it('can be ordered when all of it is sold', () => {
    expect(canBeOrdered(cart([line('pot', 1)]))).toBe(true);
    expect(canBeOrdered(cart([line('pot', 1), line('old', 1, { available: false })]))).toBe(false);
    expect(canBeOrdered(cart([]))).toBe(false);
    expect(canBeOrdered(null)).toBe(false);
  });
});

describe('a cart whose changes are being sent', () => {
  it('is shown as it will be', () => {
    const now = cart([line('pot', 2), line('pan', 1), line('old', 1, { available: false })]);
    const later = withQuantities(
      now,
      new Map([
        ['pot', 5],
        ['pan', 0],
      ]),
    );
    expect(later.lines.map(({ productId, quantity }) => [productId, quantity])).toEqual([
      ['pot', 5],
      ['old', 1],
    ]);
    expect(later.subtotal).toBe(5000);
    expect(withQuantities(now, new Map())).toBe(now);
  });
});

describe('the notice of a merge', () => {
  const anonymous = cart([line('pot', 2), line('pan', 1)]);

  it('is silent when there was nothing to merge', () => {
    expect(mergeNotice(null, cart([]), cart([]))).toBe('');
  });

  it('says what came from before the sign-in', () => {
    expect(mergeNotice(anonymous, null, anonymous)).toBe('2 products from before you signed in are in your cart.');
    expect(mergeNotice(cart([line('pot', 2)]), cart([line('pot', 1)]), cart([line('pot', 3)]))).toMatch(/^One product/);
  });

  it('names what had no room', () => {
    const words = mergeNotice(anonymous, cart([line('pot', 999)]), cart([line('pot', 1000), line('pan', 1)]));
    expect(words).toContain('no room for all of: Name of pot');
    expect(words).not.toContain('Name of pan');
  });
});
