/**
 * What was ordered, as this tab saw it before the warehouse packed it. The platform keeps the packed quantities only,
 * so that a page which saw the order earlier can say what is missing. Another tab cannot.
 */

import type { Order } from '../api/documents';
import { type Storing, ofTab } from '../storage';

const KEY = 'shop.asOrdered';
const MOST = 20;

interface Line {
  productId: string;
  name: string;
  quantity: number;
}

type Seen = Record<string, Line[]>;

/** Keeps the lines of an order that is not packed yet. */
export function rememberOrder(order: Order, storage: Storing = ofTab): void {
  if (order.status !== 'NEW') return;
  const seen = read(storage);
  seen[order.orderId] ??= order.products.map(({ productId, name, quantity }) => ({
    productId,
    name,
    quantity: quantity ?? 0,
  }));
  storage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(seen).slice(-MOST))));
}

/** When the shopper signs out. */
export function forgetOrders(storage: Storing = ofTab): void {
  storage.removeItem(KEY);
}

/** The units that were ordered and are not in the package; none when this tab did not see the order before. */
export function missingOf(order: Order, storage: Storing = ofTab): Line[] {
  if (!['PACKAGED', 'SHIPPED', 'FULFILLED'].includes(order.status)) return [];
  const packed = new Map(order.products.map((line) => [line.productId, line.quantity ?? 0]));
  return (read(storage)[order.orderId] ?? [])
    .map((line) => ({ ...line, quantity: line.quantity - (packed.get(line.productId) ?? 0) }))
    .filter((line) => line.quantity > 0);
}

function read(storage: Storing): Seen {
  try {
    return JSON.parse(storage.getItem(KEY) ?? '{}') as Seen;
  } catch {
    return {};
  }
}
