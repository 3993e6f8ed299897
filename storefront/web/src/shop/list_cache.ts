/** Lists that were shown a short time ago: "back" shows them at once, with all the pages that were loaded. */

import type { Found } from '../api/documents';

const LONGEST_MS = 5 * 60_000;
const MOST = 10;

export class ListCache {
  private readonly lists = new Map<string, { found: Found; until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  get(key: string): Found | undefined {
    const kept = this.lists.get(key);
    return kept && kept.until > this.now() ? kept.found : undefined;
  }

  /** Keeps a list as long as it would be kept when it was read first: more pages make it no younger. */
  put(key: string, found: Found): void {
    const until = this.get(key) ? this.lists.get(key)!.until : this.now() + LONGEST_MS;
    this.lists.delete(key);
    this.lists.set(key, { found, until });
    const [oldest] = this.lists.keys();
    if (this.lists.size > MOST) this.lists.delete(oldest!);
  }
}
