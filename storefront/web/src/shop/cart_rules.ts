/** What a change of the cart means, and what to tell about it. */

import type { Cart } from '../api/documents';

export const MOST_UNITS = 1000;

export interface Change {
  productId: string;
  /** Add so many units, or set the quantity. */
  by?: number;
  to?: number;
}

export function quantityOf(cart: Cart | null, productId: string): number {
  return cart?.lines.find((line) => line.productId === productId)?.quantity ?? 0;
}

/** The quantity that a change wants in this cart. */
export function wanted(cart: Cart | null, change: Change): number {
  const quantity = change.to ?? quantityOf(cart, change.productId) + (change.by ?? 0);
  return Math.max(0, Math.min(MOST_UNITS, quantity));
}

/**
 * After CONFLICT: whether the change is in the cart already. It is when an answer was lost, since the same request was
 * sent again; without a lost answer another window changed the cart, and the change is still to be made.
 */
export function isDone(cart: Cart | null, change: Change, quantity: number, wasLost: boolean): boolean {
  return wasLost && quantityOf(cart, change.productId) === quantity;
}

/** The cart with other quantities of some products; 0 takes a line out. */
export function withQuantities(cart: Cart, quantities: ReadonlyMap<string, number>): Cart {
  if (quantities.size === 0) return cart;
  const lines = cart.lines
    .map((line) => ({ ...line, quantity: quantities.get(line.productId) ?? line.quantity }))
    .filter((line) => line.quantity > 0);
  const subtotal = lines.reduce((sum, line) => sum + (line.available ? line.price * line.quantity : 0), 0);
  return { ...cart, lines, subtotal };
}

export function countOf(cart: Cart | null): number {
  return (cart?.lines ?? []).reduce((sum, line) => sum + line.quantity, 0);
}

export function canBeOrdered(cart: Cart | null): boolean {
  return !!cart && cart.lines.length > 0 && cart.lines.every((line) => line.available);
}

/** A sentence about what a merge did with the lines of the anonymous cart. */
export function mergeNotice(anonymous: Cart | null, own: Cart | null, merged: Cart): string {
  const lines = anonymous?.lines ?? [];
  if (lines.length === 0) return '';
  const left = lines.filter((line) => {
    const expected = line.quantity + quantityOf(own, line.productId);
    return quantityOf(merged, line.productId) < expected;
  });
  const added = lines.length - left.length;
  const parts = [];
  if (added > 0)
    parts.push(
      `${added === 1 ? 'One product' : `${added} products`} from before you signed in ${added === 1 ? 'is' : 'are'} in your cart.`,
    );
  if (left.length > 0) parts.push(`Your cart had no room for all of: ${left.map((line) => line.name).join(', ')}.`);
  return parts.join(' ');
}
