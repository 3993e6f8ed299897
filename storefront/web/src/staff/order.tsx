import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import type { Order, Return } from '../api/documents';
import { Button, Field, Form, Heading, Loading, Problem, moment, useAction, useLoaded } from '../parts';
import { OrderLines, Totals } from '../shop/order_parts';
import { paymentOf, statusOf } from '../shop/order_words';
import { useDesk, useRegularly } from './context';
import { cancelAnyOrder, getAnyOrder } from './documents';

const EVERY_MS = 5_000;

export function OrderLookupPage() {
  const { api } = useDesk();
  const { query, route } = useLocation();
  const orderId = query['id'] ?? '';
  const [typed, setTyped] = useState(orderId);
  const { value, problem, load } = useLoaded(
    async () => (orderId ? api.ask(getAnyOrder, { orderId }) : undefined),
    [orderId],
  );
  useRegularly(load, EVERY_MS);
  return (
    <>
      <Heading>An order</Heading>
      <Form onSubmit={async () => typed.trim() && route(`/staff/orders?id=${encodeURIComponent(typed.trim())}`)}>
        <div class="inline">
          <Field label="Order number" name="orderId" required value={typed} onValue={setTyped} />
          <Button type="submit" label="Show" />
        </div>
      </Form>
      <Problem text={problem} retry={load} />
      {orderId && !value && !problem && <Loading what="the order" />}
      {value && !value.getOrder && <p role="status">There is no such order.</p>}
      {value?.getOrder && <Shown order={value.getOrder} returns={value.getReturns} load={load} />}
    </>
  );
}

function Shown({ order, returns, load }: { order: Order; returns: Return[]; load: () => Promise<void> }) {
  const { api } = useDesk();
  const [isAsked, setAsked] = useState(false);
  const { run, problem } = useAction();
  const cancel = () =>
    run(async () => {
      try {
        await api.ask(cancelAnyOrder, { orderId: order.orderId });
      } finally {
        await load();
      }
    });
  return (
    <>
      <p role="status" class={`state large ${order.status}`}>
        {statusOf(order)}
      </p>
      <p class="hint">{paymentOf(order)}</p>
      <Problem text={problem} />
      <div class="split">
        <div>
          <OrderLines order={order} />
          <h2>History</h2>
          <ol class="history">
            {(order.history ?? []).map((one) => (
              <li key={one.at + one.status}>
                {moment(one.at)}: {statusOf(one)} <span class="hint">({one.cause})</span>
              </li>
            ))}
          </ol>
          {returns.length > 0 && <h2>Returns</h2>}
          <ul>
            {returns.map((one) => (
              <li key={one.returnId}>
                {one.lines.map((line) => `${line.quantity} × ${line.productId}`).join(', ')}: {one.status}
              </li>
            ))}
          </ul>
        </div>
        <aside class="summary" aria-label="Payment and delivery">
          <Totals order={order} />
          {order.status === 'NEW' &&
            (isAsked ? (
              <Button kind="danger" label="Yes, cancel it" onClick={cancel} />
            ) : (
              <Button kind="quiet" label="Cancel the order" onClick={() => setAsked(true)} />
            ))}
        </aside>
      </div>
    </>
  );
}
