/** Lists that were shown a short time ago: "back" shows them at once, with all the pages that were loaded. */

import type { Found } from '../api/documents';
import { Store } from '../store';

/** How often a reader has asked for the list that is shown already, such as by the search field. */
export const repeats = new Store(0);

/** Whether the reader is at this entry of the browser's history again, by "back" or "forward". New entries have no state. */
export function wasShown(): boolean {
  return (history.state as { isShown?: boolean } | null)?.isShown === true;
}

export function markAsShown(): void {
  history.replaceState({ isShown: true }, '');
}

const LONGEST_MS = 5 * 60_000;
const MOST = 10;

export class ListCache {
  private readonly lists = new Map<string, { found: Found; until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  get(key: string): Found | undefined {
    const kept = this.lists.get(key);
    return kept && kept.until > this.now() ? kept.found : undefined;
  }

  /** Keeps a list that was read now. */
  put(key: string, found: Found): void {
    this.keep(key, found, this.now() + LONGEST_MS);
  }

  /** Keeps a list to which more pages were added. They make it no younger. */
  extend(key: string, found: Found): void {
    this.keep(key, found, this.lists.get(key)?.until ?? this.now() + LONGEST_MS);
  }

  private keep(key: string, found: Found, until: number): void {
    this.lists.delete(key);
    this.lists.set(key, { found, until });
    const [oldest] = this.lists.keys();
    if (this.lists.size > MOST) this.lists.delete(oldest!);
  }
}
