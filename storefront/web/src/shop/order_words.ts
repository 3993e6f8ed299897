/** An order and its returns in words. */

import type { Order, Return } from '../api/documents';

export const ORDER_STATUS: Record<string, string> = {
  NEW: 'Ordered',
  PACKAGED: 'Packed',
  SHIPPED: 'On its way',
  FULFILLED: 'Delivered',
  PACKAGING_FAILED: 'Could not be packed',
  CANCELLED: 'Cancelled',
  DELIVERY_FAILED: 'Could not be delivered',
};

const PAYMENT: Record<string, string> = {
  AUTHORISED: 'Reserved on your card. It is charged when the parcel is delivered.',
  CAPTURED: 'Charged to your card.',
  VOIDED: 'Nothing is charged. The reservation on your card is released.',
  FAILED: 'The payment failed. We will contact you.',
  PARTIALLY_REFUNDED: 'Charged, and partly paid back.',
  REFUNDED: 'Paid back.',
};

export const RETURN_STATUS: Record<string, string> = {
  REQUESTED: 'Asked for. We will decide soon.',
  APPROVED: 'Approved. Please send it back.',
  REFUSED: 'Refused.',
  CANCELLED: 'Cancelled.',
  EXPIRED: 'Ended, since the time was over.',
  RECEIVED: 'Received. The money follows.',
  REFUNDED: 'Paid back.',
  FAILED: 'The refund failed. We will contact you.',
};

export const STEPS = ['NEW', 'PACKAGED', 'SHIPPED', 'FULFILLED'];

const NEXT: Record<string, string> = {
  NEW: 'We pack it next.',
  PACKAGED: 'It will be sent soon.',
  SHIPPED: 'It will be with you soon.',
};

/** The status, and what comes next. */
export function stateOf(order: Pick<Order, 'status'>): string {
  const next = NEXT[order.status];
  return next ? `${statusOf(order)}. ${next}` : statusOf(order);
}

/** The price of the products, without the delivery. */
export function subtotalOf(order: Pick<Order, 'products'>): number {
  return order.products.reduce((sum, line) => sum + line.price * (line.quantity ?? 0), 0);
}

export function statusOf(order: Pick<Order, 'status'>): string {
  return ORDER_STATUS[order.status] ?? order.status;
}

export function paymentOf(order: Pick<Order, 'paymentStatus'>): string {
  return PAYMENT[order.paymentStatus ?? ''] ?? '';
}

/** Each order once: one that was made meanwhile moves others to the next page. */
export function distinct(orders: Order[]): Order[] {
  return [...new Map(orders.map((order) => [order.orderId, order])).values()];
}

/** The later state of an order: changes may overtake each other. */
export function later(known: Order | undefined, found: Order): Order {
  return known && known.orderId === found.orderId && known.modifiedDate > found.modifiedDate ? known : found;
}

/** Whether a return may be cancelled. It holds the units that were asked for. */
export function isOpen(one: Return): boolean {
  return ['REQUESTED', 'APPROVED'].includes(one.status);
}

/** How many units of each product may still be sent back. */
export function returnable(order: Order, returns: Return[]): Map<string, number> {
  const left = new Map(order.products.map((one) => [one.productId, one.quantity ?? 0]));
  if (order.status !== 'FULFILLED') return new Map();
  for (const one of returns) {
    if (['REFUSED', 'CANCELLED', 'EXPIRED'].includes(one.status)) continue;
    for (const line of one.lines) {
      const taken = isOpen(one) ? line.quantity : (line.received ?? 0);
      left.set(line.productId, (left.get(line.productId) ?? 0) - taken);
    }
  }
  return new Map([...left].filter(([, quantity]) => quantity > 0));
}
