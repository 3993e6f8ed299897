import { expect, test } from 'vitest';
import type { Api } from '../src/api/client';
import { Unreachable } from '../src/errors';
import { ProductCache } from '../src/api/product_cache';
import { product } from './samples';

function open(answers: (() => Promise<unknown>)[]) {
  let asked = 0;
  const api = { ask: () => answers[asked++]!() } as unknown as Pick<Api, 'ask'>;
  return { products: new ProductCache(api), count: () => asked };
}

test('a product is read once', async () => {
  const found = product('pot', { pictures: ['/pot.jpg'], category: 'kitchen' });
  const { products, count } = open([async () => ({ getProduct: found })]);
  expect(await Promise.all([products.of('pot'), products.of('pot')])).toEqual([
    found,
    found,
  ]);
  expect(count()).toBe(1);
});

test('a product that could not be read is read again', async () => {
  const { products } = open([() => Promise.reject(new Unreachable('')), async () => ({ getProduct: null })]);
  await expect(products.of('pot')).rejects.toBeInstanceOf(Unreachable);
  expect(await products.of('pot')).toBeNull();
});
