import { expect, test } from 'vitest';
import type { Api } from '../src/api/client';
import { Unreachable } from '../src/errors';
import { Gallery } from '../src/shop/product_pictures';
import { product } from './samples';

function open(answers: (() => Promise<unknown>)[]) {
  let asked = 0;
  const api = { ask: () => answers[asked++]!() } as unknown as Pick<Api, 'ask'>;
  return { gallery: new Gallery(api), count: () => asked };
}

test('a product is read once', async () => {
  const found = product('pot', { pictures: ['/pot.jpg'], category: 'kitchen' });
  const { gallery, count } = open([async () => ({ getProduct: found })]);
  expect(await Promise.all([gallery.of('pot'), gallery.of('pot')])).toEqual([
    { category: 'kitchen', pictures: ['/pot.jpg'] },
    { category: 'kitchen', pictures: ['/pot.jpg'] },
  ]);
  expect(count()).toBe(1);
});

test('a product that could not be read is read again', async () => {
  const { gallery } = open([() => Promise.reject(new Unreachable('')), async () => ({ getProduct: null })]);
  await expect(gallery.of('pot')).rejects.toBeInstanceOf(Unreachable);
  expect(await gallery.of('pot')).toBeNull();
});
