import { describe, expect, it } from 'vitest';
import { bandInWords, countFilters, filterOf, firstOf, searchOf, valuesOf, withChosen } from '../src/shop/catalogue';

describe('the address of a list', () => {
  it('is its search', () => {
    const query = { text: 'pot', category: 'kitchen', tag: 'steel', price: '1000-2499', stock: 'in', sort: 'NAME' };
    expect(searchOf(query)).toEqual({
      text: 'pot',
      category: 'kitchen',
      tags: ['steel'],
      minPrice: 1000,
      maxPrice: 2499,
      inStock: true,
      sort: 'NAME',
    });
  });

  it('may have a price without an upper limit', () => {
    expect(searchOf({ price: '10000-' })).toEqual({ minPrice: 10000 });
  });

  it('asks for nothing that the platform would refuse', () => {
    expect(searchOf({ sort: 'nonsense', price: 'cheap' })).toEqual({});
    expect(searchOf({ text: 'x'.repeat(300) }).text).toHaveLength(200);
    expect(searchOf({ price: '99999999999-' })).toEqual({});
  });
});

describe('the values of a facet', () => {
  it('are none when there is no such facet', () => {
    const facets = [{ name: 'tag', values: [{ value: 'steel', count: 2 }] }];
    expect(valuesOf(facets, 'tag')).toEqual([{ value: 'steel', count: 2 }]);
    expect(valuesOf(facets, 'stock')).toEqual([]);
  });
});

describe('the filters of a list', () => {
  it('are counted without the words and the sort', () => {
    expect(countFilters({ text: 'pot', sort: 'NAME', tag: 'steel', stock: 'in', price: '' })).toBe(2);
  });

  it('list the first values, and the chosen one', () => {
    const values = ['a', 'b', 'c', 'd'].map((value) => ({ value, count: 1 }));
    expect(firstOf(values, 2, undefined).map(({ value }) => value)).toEqual(['a', 'b']);
    expect(firstOf(values, 2, 'd').map(({ value }) => value)).toEqual(['a', 'b', 'd']);
  });

  it('keep the chosen value when it is not among the found ones', () => {
    const values = [{ value: 'a', count: 3 }];
    expect(withChosen(values, 'z', 0)).toEqual([...values, { value: 'z', count: 0 }]);
    expect(withChosen([], 'z', 0)).toEqual([{ value: 'z', count: 0 }]);
    expect(withChosen(values, 'a', 3)).toEqual(values);
    expect(withChosen(values, undefined, 3)).toEqual(values);
  });

  it('are those that the search obeys', () => {
    expect(filterOf({ category: 'kitchen' }, 'category')).toBe('kitchen');
    expect(filterOf({ price: '1000-2499' }, 'price')).toBe('1000-2499');
    expect(filterOf({ price: 'cheap' }, 'price')).toBeUndefined();
    expect(filterOf({ tag: '' }, 'tag')).toBeUndefined();
  });

  it('have prices in words', () => {
    expect(bandInWords('0-999', 'EUR', 'en')).toBe('Up to €9.99');
    expect(bandInWords('1000-2499', 'EUR', 'en')).toBe('€10.00 – €24.99');
    expect(bandInWords('10000-', 'JPY', 'en')).toBe('¥10,000 and more');
  });
});
