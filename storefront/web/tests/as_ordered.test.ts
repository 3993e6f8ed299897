import { beforeEach, expect, test } from 'vitest';
import { forgetOrders, missingOf, rememberOrder } from '../src/shop/as_ordered';
import { order, product } from './samples';

let storage: Storage;
const of = (status: string, quantity: number) =>
  order({ status, products: [{ ...product('pot', { name: 'Pot' }), quantity, modifiedDate: null }] });

beforeEach(() => {
  const kept = new Map<string, string>();
  storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  } as unknown as Storage;
});

test('what is not in the package is known to the tab that saw the order before', () => {
  expect(missingOf(of('PACKAGED', 1), storage)).toEqual([]);
  rememberOrder(of('NEW', 3), storage);
  rememberOrder(of('PACKAGED', 1), storage);
  expect(missingOf(of('PACKAGED', 1), storage)).toEqual([{ productId: 'pot', name: 'Pot', quantity: 2 }]);
  expect(missingOf(of('SHIPPED', 3), storage)).toEqual([]);
  expect(missingOf(of('CANCELLED', 1), storage)).toEqual([]);
});

test('a product that is left out as a whole is missing', () => {
  rememberOrder(of('NEW', 3), storage);
  expect(missingOf({ ...of('PACKAGED', 1), products: [] }, storage)[0]?.quantity).toBe(3);
});

test('nothing is kept after a sign-out', () => {
  rememberOrder(of('NEW', 3), storage);
  forgetOrders(storage);
  expect(missingOf(of('PACKAGED', 1), storage)).toEqual([]);
});
