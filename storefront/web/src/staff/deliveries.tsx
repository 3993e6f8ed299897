import { useLocation } from 'preact-iso';
import { useCallback, useState } from 'preact/hooks';
import { Button, Field, Form, Heading, Loading, Problem, useLoaded } from '../parts';
import { useDesk, useRegularly } from './context';
import { getNewDeliveries } from './documents';
import { onTheRoad } from './on_the_road';

const EVERY_MS = 10_000;

export function DeliveriesPage() {
  const { api } = useDesk();
  const { route } = useLocation();
  const [orderId, setOrderId] = useState('');
  const read = useCallback(async () => (await api.ask(getNewDeliveries, { nextToken: null })).getNewDeliveries, [api]);
  const { value, problem, load } = useLoaded(read, []);
  useRegularly(load, EVERY_MS);
  const started = onTheRoad();
  return (
    <>
      <Heading>Deliveries</Heading>
      <Problem text={problem} retry={load} />
      {!value && !problem && <Loading what="the deliveries" />}
      {started.length > 0 && (
        <>
          <h2>On the road</h2>
          <p class="hint">Started with this device.</p>
          <ol class="queue">
            {started.map((id) => (
              <li key={id}>
                <code>{id}</code>
                <a class="button main" href={`/staff/deliveries/${id}`} aria-label={`Open ${id}`}>
                  Open
                </a>
              </li>
            ))}
          </ol>
        </>
      )}
      {value && (
        <>
          <h2>To start</h2>
          {value.deliveries.length === 0 && <p class="empty">No parcel is waiting.</p>}
          <ol class="queue">
            {value.deliveries.map(({ orderId: id, address }) => (
              <li key={id}>
                <span>
                  <strong>
                    {address.city}, {address.country}
                  </strong>
                  <br />
                  <code>{id}</code>
                </span>
                <a class="button main" href={`/staff/deliveries/${id}`} aria-label={`Start ${id}`}>
                  Start
                </a>
              </li>
            ))}
          </ol>
          {value.nextToken && <p class="hint">There are more; they appear when these are started.</p>}
        </>
      )}
      <h2>By order number</h2>
      <Form onSubmit={async () => orderId.trim() && route(`/staff/deliveries/${encodeURIComponent(orderId.trim())}`)}>
        <div class="inline">
          <Field label="Order number" name="orderId" required value={orderId} onValue={setOrderId} />
          <Button type="submit" kind="quiet" label="Open" />
        </div>
      </Form>
    </>
  );
}
