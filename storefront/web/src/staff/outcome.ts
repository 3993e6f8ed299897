/** How a delivery ended. The API of deliveries does not say it: the order does, and what this device has ended. */

import { Kept } from './kept';

/** The statuses of an order whose delivery has ended. */
export type Outcome = 'FULFILLED' | 'DELIVERY_FAILED';
type Noted = Outcome | 'UNKNOWN';

export const OUTCOMES: Record<Noted, string> = {
  FULFILLED: 'The parcel is delivered. The card is charged.',
  DELIVERY_FAILED: 'The parcel comes back. The shopper pays nothing.',
  UNKNOWN: 'This delivery had ended already.',
};

const noted = new Kept<Noted>('staff.ended');

export function noteOutcome(orderId: string, outcome: Noted): void {
  noted.set(orderId, outcome);
}

/** The order's status counts first; it follows the delivery some moments later, and only administrators may read it. */
export function outcomeOf(orderId: string, status: string | undefined): Noted | undefined {
  if (status === 'FULFILLED' || status === 'DELIVERY_FAILED') return status;
  return noted.get(orderId);
}
