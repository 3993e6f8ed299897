/** Changes of quantities, in the order of the clicks: none is lost because another one is being sent. */

import { inWords } from '../errors';
import { Store } from '../store';
import { type Change, MOST_UNITS } from './cart_rules';

/** Both changes of one product in one. */
export function joined(first: Change | undefined, second: Change): Change {
  if (!first || second.to !== undefined) return second;
  const by = second.by ?? 0;
  return first.to === undefined
    ? { productId: second.productId, by: (first.by ?? 0) + by }
    : { productId: second.productId, to: Math.max(0, Math.min(MOST_UNITS, first.to + by)) };
}

export class CartQueue {
  /** The quantities of products as they will be, until the platform has answered. */
  readonly quantities = new Store<ReadonlyMap<string, number>>(new Map());
  readonly problem = new Store('');
  private readonly waiting = new Map<string, Change>();
  private isRunning = false;

  constructor(private readonly send: (change: Change) => Promise<void>) {}

  /** `quantity` is what the cart has now. */
  add(change: Change, quantity: number): void {
    const { productId } = change;
    const shown = this.quantities.value.get(productId) ?? quantity;
    this.quantities.set(new Map(this.quantities.value).set(productId, change.to ?? shown + (change.by ?? 0)));
    this.waiting.set(productId, joined(this.waiting.get(productId), change));
    if (!this.isRunning) void this.run();
  }

  /** After a refusal, the changes that wait are dropped: they were made for a cart that is not there. */
  private async run(): Promise<void> {
    this.isRunning = true;
    this.problem.set('');
    try {
      for (const [productId, change] of this.waiting) {
        this.waiting.delete(productId);
        if (change.by !== 0) await this.send(change);
        if (!this.waiting.has(productId)) this.forget(productId);
      }
    } catch (error) {
      this.waiting.clear();
      this.quantities.set(new Map());
      this.problem.set(inWords(error));
    } finally {
      this.isRunning = false;
    }
  }

  private forget(productId: string): void {
    const left = new Map(this.quantities.value);
    left.delete(productId);
    this.quantities.set(left);
  }
}
