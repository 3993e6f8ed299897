/** The deliveries that this device started and has not ended: the platform lists only those that are not started. */

import { Kept } from './kept';

const started = new Kept<true>('staff.started');

/** The newest first. */
export function onTheRoad(): string[] {
  return started.orderIds();
}

export function noteStarted(orderId: string): void {
  started.set(orderId, true);
}

export function noteEnded(orderId: string): void {
  started.remove(orderId);
}
