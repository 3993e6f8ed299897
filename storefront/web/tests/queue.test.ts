import { describe, expect, test } from 'vitest';
import { type PageOf, readPages } from '../src/staff/queue';

const PAGES: Record<string, PageOf<string>> = {
  first: { items: ['a', 'b'], nextToken: 'second' },
  second: { items: ['b', 'c'], nextToken: 'third' },
  third: { items: ['d'], nextToken: null },
};
const readPage = async (nextToken: string | null) => PAGES[nextToken ?? 'first']!;
const itself = (id: string) => id;

describe('a list of work', () => {
  test('shows as many pages as were asked for, and says whether there are more', async () => {
    expect(await readPages(readPage, itself, 1)).toEqual({ items: ['a', 'b'], hasMore: true });
    expect(await readPages(readPage, itself, 2)).toEqual({ items: ['a', 'b', 'c'], hasMore: true });
  });

  test('ends with the last page', async () => {
    expect(await readPages(readPage, itself, 9)).toEqual({ items: ['a', 'b', 'c', 'd'], hasMore: false });
  });
});
