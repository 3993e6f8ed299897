/**
 * Search in the catalogue. This is the only module that knows where the products come from: the whole catalogue is
 * read, page by page, and searched in the browser. With the field `searchProducts` of the API it becomes one request.
 */

import type { Api } from '../api/client';
import { type Product, getProducts } from '../api/documents';

export type Sort = 'RELEVANCE' | 'NEWEST' | 'PRICE_ASC' | 'PRICE_DESC' | 'NAME';

export interface Search {
  text?: string;
  category?: string;
  tags?: string[];
  minPrice?: number;
  maxPrice?: number;
  sort?: Sort;
  first?: number;
  nextToken?: string;
}

export interface Facet {
  name: string;
  values: { value: string; count: number }[];
}

export interface Found {
  products: Product[];
  total: number;
  facets: Facet[];
  nextToken: string | null;
}

const FRESH_MS = 60_000;
const MOST_PAGES = 50;
let known: { at: number; products: Promise<Product[]> } | undefined;

export async function search(api: Api, asked: Search): Promise<Found> {
  return find(await everything(api), asked);
}

/** The categories of the catalogue, with the number of their products. */
export async function categories(api: Api): Promise<Facet['values']> {
  return counted((await everything(api)).map((one) => one.category));
}

function everything(api: Api): Promise<Product[]> {
  if (!known || Date.now() - known.at > FRESH_MS) {
    const products = read(api);
    known = { at: Date.now(), products };
    products.catch(() => (known = undefined));
  }
  return known.products;
}

async function read(api: Api): Promise<Product[]> {
  const found: Product[] = [];
  let nextToken: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer: { products: Product[]; nextToken: string | null } = (await api.ask(getProducts, { nextToken })).getProducts;
    found.push(...answer.products);
    nextToken = answer.nextToken;
    if (!nextToken) break;
  }
  return found;
}

const BANDS = ['0-999', '1000-2499', '2500-4999', '5000-9999', '10000-'];

/** Search as the platform's contract has it, without forgiving typing errors. */
export function find(all: Product[], asked: Search): Found {
  const first = asked.first ?? 20;
  const start = Number(asked.nextToken ?? 0);
  const text = all.filter((one) => hasWords(one, asked.text ?? ''));
  const isIn = (one: Product) => !asked.category || one.category === asked.category;
  const isTagged = (one: Product) => (asked.tags ?? []).every((tag) => one.tags?.includes(tag));
  const costs = (one: Product) => one.price >= (asked.minPrice ?? 0) && one.price <= (asked.maxPrice ?? Infinity);
  const hits = text.filter((one) => isIn(one) && isTagged(one) && costs(one)).sort(order(asked.sort ?? 'NEWEST'));
  const facets = [
    { name: 'category', values: counted(text.filter((one) => isTagged(one) && costs(one)).map((one) => one.category)) },
    { name: 'tag', values: counted(hits.flatMap((one) => one.tags ?? [])) },
    { name: 'price', values: counted(text.filter((one) => isIn(one) && isTagged(one)).map((one) => bandOf(one.price))) },
  ];
  const end = start + first;
  return {
    products: hits.slice(start, end),
    total: hits.length,
    facets,
    nextToken: end < hits.length ? String(end) : null,
  };
}

function hasWords(product: Product, text: string): boolean {
  const words = wordsOf([product.name, product.category, product.productId, ...(product.tags ?? [])].join(' '));
  return wordsOf(text).every((wanted) => words.some((word) => word.startsWith(wanted)));
}

function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

function bandOf(price: number): string {
  return BANDS.find((band) => price <= (Number(band.split('-')[1]) || Infinity))!;
}

function order(sort: Sort): (one: Product, other: Product) => number {
  const byId = (one: Product, other: Product) => (one.productId < other.productId ? -1 : 1);
  const by: Record<Sort, (one: Product, other: Product) => number> = {
    RELEVANCE: () => 0,
    NEWEST: (one, other) => (other.createdDate ?? '').localeCompare(one.createdDate ?? ''),
    PRICE_ASC: (one, other) => one.price - other.price,
    PRICE_DESC: (one, other) => other.price - one.price,
    NAME: (one, other) => one.name.localeCompare(other.name),
  };
  return (one, other) => by[sort](one, other) || byId(one, other);
}

function counted(values: (string | null)[]): Facet['values'] {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((one, other) => other.count - one.count || one.value.localeCompare(other.value));
}
