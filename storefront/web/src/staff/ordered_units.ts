/** The units that the shopper ordered. A packaging request says only what is in the package now. */

import type { Order } from '../api/documents';
import type { PackagingRequest } from './documents';
import { Kept } from './kept';

export type Units = Record<string, number>;

const noted = new Kept<Units>('staff.ordered');

/**
 * The ordered units by product, or null if this device cannot know them: another device has started the request, and
 * the clerk may not read orders. `readOrder` is asked only when it is needed.
 */
export async function orderedUnits(
  request: PackagingRequest,
  readOrder: () => Promise<Pick<Order, 'status' | 'products'> | null>,
): Promise<Units | null> {
  const { orderId, status } = request;
  if (status !== 'NEW' && status !== 'IN_PROGRESS') {
    noted.remove(orderId);
    return null;
  }
  const known = noted.get(orderId) ?? (status === 'NEW' ? unitsOf(request.products) : await unitsOfOrder(readOrder));
  if (known) noted.set(orderId, known);
  return known;
}

/** Once it is packed, an order has the lines of the package instead of those that were ordered. */
async function unitsOfOrder(readOrder: () => Promise<Pick<Order, 'status' | 'products'> | null>) {
  const order = await readOrder();
  return order?.status === 'NEW' ? unitsOf(order.products) : null;
}

function unitsOf(products: { productId: string; quantity: number | null }[]): Units {
  return Object.fromEntries(products.map((one) => [one.productId, one.quantity ?? 0]));
}

/** Whether the package has fewer units than were ordered; false if that is not known. */
export function isShort(products: { productId: string; quantity: number }[], ordered: Units | null): boolean {
  return !!ordered && products.some((one) => one.quantity < (ordered[one.productId] ?? 0));
}
