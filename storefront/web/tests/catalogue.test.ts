import { describe, expect, it } from 'vitest';
import { find } from '../src/shop/catalogue';
import { searchOf } from '../src/shop/list';
import { product } from './samples';

const ALL = [
  product('kettle', { name: 'Kettle', price: 3990, category: 'kitchen', tags: ['electric'], createdDate: '2026-01-02' }),
  product('cafetiere', { name: 'Cafetière', price: 2490, category: 'kitchen', tags: ['glass'], createdDate: '2026-01-03' }),
  product('spade', { name: 'Spade', price: 900, category: 'garden', tags: ['steel'] }),
];
const ids = (asked: Parameters<typeof find>[1]) => find(ALL, asked).products.map((one) => one.productId);

describe('a search', () => {
  it('finds products that have all words, without accents and by their beginnings', () => {
    expect(ids({ text: 'CAFETIERE' })).toEqual(['cafetiere']);
    expect(ids({ text: 'kitchen ket' })).toEqual(['kettle']);
    expect(ids({ text: 'kettle spade' })).toEqual([]);
  });

  it('sorts, dates that are missing last', () => {
    expect(ids({})).toEqual(['cafetiere', 'kettle', 'spade']);
    expect(ids({ sort: 'PRICE_ASC' })).toEqual(['spade', 'cafetiere', 'kettle']);
    expect(ids({ sort: 'PRICE_DESC' })).toEqual(['kettle', 'cafetiere', 'spade']);
  });

  it('has facets that ignore their own filter', () => {
    const { facets, total } = find(ALL, { category: 'kitchen', minPrice: 2500, maxPrice: 4999 });
    const values = Object.fromEntries(facets.map((one) => [one.name, one.values]));
    expect(total).toBe(1);
    expect(values['category']).toEqual([{ value: 'kitchen', count: 1 }]);
    expect(values['price']).toEqual([{ value: '1000-2499', count: 1 }, { value: '2500-4999', count: 1 }]);
  });

  it('comes page by page', () => {
    const first = find(ALL, { first: 2 });
    const second = find(ALL, { first: 2, nextToken: first.nextToken! });
    expect(first.products.length + second.products.length).toBe(3);
    expect(second.nextToken).toBeNull();
  });
});

describe('the address of the list', () => {
  it('is the search', () => {
    expect(searchOf({ text: 'pot', price: '1000-2499', sort: 'NAME' })).toEqual({
      text: 'pot',
      minPrice: 1000,
      maxPrice: 2499,
      sort: 'NAME',
    });
    expect(searchOf({ price: '10000-', sort: 'nonsense' })).toEqual({ minPrice: 10000 });
  });
});
