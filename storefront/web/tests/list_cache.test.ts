import { expect, test } from 'vitest';
import type { Found } from '../src/api/documents';
import { ListCache } from '../src/shop/list_cache';
import { product } from './samples';

const found = (...ids: string[]): Found => ({
  products: ids.map((id) => product(id)),
  total: ids.length,
  facets: [],
  nextToken: null,
});

test('a list is kept for some minutes, and more pages make it no younger', () => {
  let now = 0;
  const cache = new ListCache(() => now);
  expect(cache.get('all')).toBeUndefined();
  cache.put('all', found('pot'));
  now = 4 * 60_000;
  cache.extend('all', found('pot', 'pan'));
  expect(cache.get('all')?.products).toHaveLength(2);
  now = 5 * 60_000;
  expect(cache.get('all')).toBeUndefined();
});

test('a list that is read again is as young as a new one', () => {
  let now = 0;
  const cache = new ListCache(() => now);
  cache.put('all', found('pot'));
  now = 4 * 60_000;
  cache.put('all', found('pan'));
  now = 8 * 60_000;
  expect(cache.get('all')).toEqual(found('pan'));
});

test('the oldest list is dropped', () => {
  const cache = new ListCache(() => 0);
  for (let list = 0; list < 11; list += 1) cache.put(`list ${list}`, found('pot'));
  expect(cache.get('list 0')).toBeUndefined();
  expect(cache.get('list 1')).toBeDefined();
});
