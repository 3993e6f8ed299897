import { useEffect, useState } from 'preact/hooks';
import type { Order } from '../api/documents';
import { AtMost } from './at_most';
import { type Desk, orderOf, useDesk } from './context';
import { getPackagingRequest } from './documents';
import { OrderNumber } from './order_links';
import { ageOf, units } from './words';

interface Summary {
  units: number | undefined;
  order: Pick<Order, 'createdDate' | 'address'> | null;
}

/** A long queue must not delay what the clerk does on the page. */
const reads = new AtMost(3);
const known = new Map<string, Promise<Summary>>();

/** What is in an order: the number of units, and for administrators its age and city. Read once while it is new. */
function summaryOf(desk: Desk, orderId: string, isStarted: boolean): Promise<Summary> {
  const key = `${desk.session.person.value?.userId} ${orderId}`;
  const found = isStarted ? undefined : known.get(key);
  if (found) return found;
  const read = reads.run(async () => {
    const [{ getPackagingRequest: request }, order] = await Promise.all([
      desk.api.ask(getPackagingRequest, { input: { orderId } }),
      orderOf(desk, orderId),
    ]);
    return { units: request?.products.reduce((sum, one) => sum + one.quantity, 0), order };
  });
  known.set(key, read);
  read.catch(() => known.delete(key));
  return read;
}

export function PackingRow({ id, label, isStarted }: { id: string; label: string; isStarted: boolean }) {
  const desk = useDesk();
  const [summary, setSummary] = useState<Summary>();
  useEffect(() => {
    let isShown = true;
    void summaryOf(desk, id, isStarted).then(
      (found) => isShown && setSummary(found),
      () => undefined, // The row is of use without it.
    );
    return () => void (isShown = false);
  }, [desk, id, isStarted]);
  const words = [
    summary?.units !== undefined && units(summary.units),
    summary?.order?.address.city,
    summary?.order && `ordered ${ageOf(summary.order.createdDate, new Date())}`,
  ].filter(Boolean);
  return (
    <li>
      <div class="about-order">
        <OrderNumber orderId={id} />
        <p>{words.join(' · ') || '\u00a0'}</p>
      </div>
      <a class="button main" href={`/staff/packing/${id}`} aria-label={`${label} ${id}`}>
        {label}
      </a>
    </li>
  );
}
