/** Orders and returns in words for staff. */

import type { OrderMove } from '../api/types';

/** The shop's words for returns speak to the shopper. */
export const RETURN_STATUS: Record<string, string> = {
  REQUESTED: 'asked for',
  APPROVED: 'approved, on its way back',
  REFUSED: 'refused',
  CANCELLED: 'cancelled by the shopper',
  EXPIRED: 'ended, since nothing came in time',
  RECEIVED: 'received, the money follows',
  REFUNDED: 'paid back',
  FAILED: 'the refund failed',
};

export const PAYMENT: Record<string, string> = {
  AUTHORISED: 'Reserved on the card. It is charged when the parcel is delivered.',
  CAPTURED: 'The card is charged.',
  VOIDED: 'Nothing is charged. The reservation on the card is released.',
  FAILED: 'The payment failed.',
  PARTIALLY_REFUNDED: 'The card is charged, and a part is paid back.',
  REFUNDED: 'Paid back.',
};

/** What the status alone does not say; the other causes are their status in other words. */
const CAUSES: Record<string, string> = {
  cancelOrder: 'by the shopper or by staff',
  PackagingCancelled: 'before it was packed',
};

export function causeOf({ cause }: Pick<OrderMove, 'cause'>): string {
  return CAUSES[cause] ?? '';
}

export function units(count: number): string {
  return count === 1 ? '1 unit' : `${count} units`;
}

const STEPS: [number, string, string][] = [
  [24 * 60, 'day', 'days'],
  [60, 'hour', 'hours'],
  [1, 'minute', 'minutes'],
];

/** How long ago a moment was, in whole units. Empty for a text that is no moment. */
export function ageOf(text: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - new Date(text).getTime()) / 60_000);
  if (Number.isNaN(minutes)) return '';
  const step = STEPS.find(([size]) => minutes >= size);
  if (!step) return 'just now';
  const count = Math.floor(minutes / step[0]);
  return `${count} ${count === 1 ? step[1] : step[2]} ago`;
}
