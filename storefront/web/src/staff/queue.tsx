/** A list of work that is read page by page, and again every few seconds. */

import type { TypedDocumentNode } from '@urql/core';
import { useCallback, useState } from 'preact/hooks';
import { Button, useLoaded } from '../parts';
import { useDesk, useRegularly } from './context';

const EVERY_MS = 10_000;

export interface PageOf<Item> {
  items: Item[];
  nextToken: string | null;
}

/** The first pages. Work that moves between pages meanwhile is listed once. */
export async function readPages<Item>(
  readPage: (nextToken: string | null) => Promise<PageOf<Item>>,
  keyOf: (item: Item) => string,
  pages: number,
): Promise<{ items: Item[]; hasMore: boolean }> {
  const found = new Map<string, Item>();
  let nextToken: string | null = null;
  for (let page = 0; page < pages; page++) {
    const read: PageOf<Item> = await readPage(nextToken);
    for (const item of read.items) found.set(keyOf(item), item);
    nextToken = read.nextToken;
    if (!nextToken) break;
  }
  return { items: [...found.values()], hasMore: !!nextToken };
}

/** `pageOf` finds the page in an answer to the query, and `keyOf` names an item. Both keep no state. */
export function useQueue<Answer, Item>(
  query: TypedDocumentNode<Answer, { nextToken: string | null }>,
  pageOf: (answer: Answer) => PageOf<Item>,
  keyOf: (item: Item) => string,
) {
  const { api } = useDesk();
  const [pages, setPages] = useState(1);
  const read = useCallback(
    () => readPages(async (nextToken) => pageOf(await api.ask(query, { nextToken })), keyOf, pages),
    [api, query, pages],
  );
  const { value, problem, load } = useLoaded(read, [pages]);
  useRegularly(load, EVERY_MS);
  return { items: value?.items, hasMore: !!value?.hasMore, problem, load, more: () => setPages(pages + 1) };
}

export function More({ queue, label }: { queue: { hasMore: boolean; more: () => void }; label: string }) {
  return queue.hasMore ? <Button kind="quiet" label={label} onClick={queue.more} /> : null;
}
