/** Search in the catalogue, and the address of a list of products, which is its search. */

import type { Api } from '../api/client';
import { type Facet, type Found, type SearchInput, searchProducts } from '../api/documents';
import { money } from '../money';

export type Sort = NonNullable<SearchInput['sort']>;

export const SORTS: [Sort, string][] = [
  ['RELEVANCE', 'Best match'],
  ['NEWEST', 'Newest'],
  ['PRICE_ASC', 'Price: low to high'],
  ['PRICE_DESC', 'Price: high to low'],
  ['NAME', 'Name'],
];

export async function search(api: Api, input: SearchInput): Promise<Found> {
  return (await api.ask(searchProducts, { input })).searchProducts;
}

export function valuesOf(facets: Facet[], name: string): Facet['values'] {
  return facets.find((one) => one.name === name)?.values ?? [];
}

const BAND = /^(\d{1,9})-(\d{0,9})$/;

/** The search of an address such as `/products?text=pot&price=1000-2499`. What it does not know is left out. */
export function searchOf(query: Record<string, string>): SearchInput {
  const price = BAND.exec(query['price'] ?? '');
  const sort = SORTS.find(([name]) => name === query['sort'])?.[0];
  return {
    ...(query['text'] && { text: query['text'].slice(0, 200) }),
    ...(query['category'] && { category: query['category'] }),
    ...(query['tag'] && { tags: [query['tag']] }),
    ...(price && { minPrice: Number(price[1]) }),
    ...(price?.[2] && { maxPrice: Number(price[2]) }),
    ...(query['stock'] && { inStock: true }),
    ...(sort && { sort }),
  };
}

/** The names of filters in the address of a list. */
export const FILTERS = ['category', 'tag', 'price', 'stock'];

/** How many filters an address has. */
export function countFilters(query: Record<string, string>): number {
  return FILTERS.filter((name) => query[name]).length;
}

/** The value of a filter, if the search obeys it. */
export function filterOf(query: Record<string, string>, name: string): string | undefined {
  const value = query[name];
  return !value || (name === 'price' && !BAND.test(value)) ? undefined : value;
}

/** The values of a facet with the chosen one, which the platform does not list when it does not count it. */
export function withChosen(values: Facet['values'], chosen: string | undefined, found: number): Facet['values'] {
  if (!chosen || values.some(({ value }) => value === chosen)) return values;
  return [...values, { value: chosen, count: found }];
}

/** The values of a facet that are listed at first: the first ones, and the chosen one wherever it is. */
export function firstOf(values: Facet['values'], most: number, chosen: string | undefined): Facet['values'] {
  return values.filter(({ value }, place) => place < most || value === chosen);
}

/** The price facet's `1000-2499` in words. */
export function bandInWords(band: string, currency: string, locale?: string): string {
  const [low, high] = band.split('-').map((limit) => limit && money(Number(limit), currency, locale));
  if (!high) return `${low} and more`;
  return band.startsWith('0-') ? `Up to ${high}` : `${low} – ${high}`;
}
