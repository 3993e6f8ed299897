import { useLocation } from 'preact-iso';
import { Heading, Loading, Problem } from '../parts';
import { type Delivery, getNewDeliveries } from './documents';
import { onTheRoad } from './on_the_road';
import { OrderNumber } from './order_links';
import { OrderNumberForm } from './order_number_form';
import { More, useQueue } from './queue';

const orderOf = ({ orderId }: Delivery) => orderId;

export function DeliveriesPage() {
  const { route } = useLocation();
  const queue = useQueue(
    getNewDeliveries,
    ({ getNewDeliveries: { deliveries, nextToken } }) => ({ items: deliveries, nextToken }),
    orderOf,
  );
  const { items, problem, load } = queue;
  const started = onTheRoad();
  return (
    <>
      <Heading>Deliveries</Heading>
      <Problem text={problem} retry={load} />
      {!items && !problem && <Loading what="the deliveries" />}
      {started.length > 0 && (
        <>
          <h2>On the road</h2>
          <p class="hint">Started with this device.</p>
          <ol class="queue">
            {started.map((id) => (
              <li key={id}>
                <OrderNumber orderId={id} />
                <a class="button main" href={`/staff/deliveries/${id}`} aria-label={`Open ${id}`}>
                  Open
                </a>
              </li>
            ))}
          </ol>
        </>
      )}
      {items && (
        <>
          <h2>To start</h2>
          {items.length === 0 && <p class="empty">No parcel is waiting.</p>}
          <ol class="queue">
            {items.map(({ orderId: id, address }) => (
              <li key={id}>
                <span>
                  <strong>
                    {address.city}, {address.country}
                  </strong>
                  <br />
                  <OrderNumber orderId={id} />
                </span>
                <a class="button main" href={`/staff/deliveries/${id}`} aria-label={`Start ${id}`}>
                  Start
                </a>
              </li>
            ))}
          </ol>
          <More queue={queue} label="Show more deliveries" />
        </>
      )}
      <h2>By order number</h2>
      <OrderNumberForm
        label="Open"
        kind="quiet"
        open={(orderId) => route(`/staff/deliveries/${encodeURIComponent(orderId)}`)}
      />
    </>
  );
}
