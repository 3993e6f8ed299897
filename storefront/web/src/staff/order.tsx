import { useLocation } from 'preact-iso';
import type { Order, Return } from '../api/documents';
import { Button, Heading, Loading, Problem, moment, useAction, useLoaded } from '../parts';
import { Question, useAsked } from '../question';
import { OrderLines, Totals } from '../shop/order_parts';
import { statusOf } from '../shop/order_words';
import { useDesk, useRegularly } from './context';
import { cancelAnyOrder, getAnyOrder } from './documents';
import { OrderLinks } from './order_links';
import { OrderNumberForm } from './order_number_form';
import { PAYMENT, RETURN_STATUS, causeOf } from './words';

const EVERY_MS = 5_000;

export function OrderLookupPage() {
  const { api } = useDesk();
  const { query, route } = useLocation();
  const orderId = query['id'] ?? '';
  const { value, problem, load } = useLoaded(
    async () => (orderId ? api.ask(getAnyOrder, { orderId }) : undefined),
    [orderId],
  );
  useRegularly(load, EVERY_MS);
  /** The answer is about the order in the address, and not about the one before. */
  const isOfAddress = !!value && (!value.getOrder || value.getOrder.orderId === orderId);
  return (
    <>
      <Heading>An order</Heading>
      <OrderNumberForm
        label="Show"
        typed={orderId}
        open={(id) => route(`/staff/orders?id=${encodeURIComponent(id)}`)}
      />
      <Problem text={problem} retry={load} />
      {orderId && !problem && !isOfAddress && <Loading what="the order" />}
      {value && !value.getOrder && <p role="status">There is no such order.</p>}
      {value?.getOrder && isOfAddress && (
        <Shown key={orderId} order={value.getOrder} returns={value.getReturns} load={load} />
      )}
    </>
  );
}

function Shown({ order, returns, load }: { order: Order; returns: Return[]; load: () => Promise<void> }) {
  const { api } = useDesk();
  const { asked, ask, no, isBack } = useAsked();
  const { run, problem, isBusy } = useAction();
  const cancel = () =>
    run(async () => {
      try {
        await api.ask(cancelAnyOrder, { orderId: order.orderId });
      } finally {
        await load();
      }
    });
  const nameOf = (productId: string) => order.products.find((one) => one.productId === productId)?.name ?? productId;
  const phone = order.address.phoneNumber;
  return (
    <>
      <OrderLinks orderId={order.orderId} here="orders" />
      <p role="status" class={`state large ${order.status}`}>
        {statusOf(order)}
      </p>
      <p class="hint">{PAYMENT[order.paymentStatus ?? ''] ?? ''}</p>
      {!asked && <Problem text={problem} />}
      <div class="split">
        <div>
          <OrderLines order={order} />
          <h2>History</h2>
          <ol class="history">
            {(order.history ?? []).map((one) => (
              <li key={one.at + one.status}>
                {moment(one.at)}: {statusOf(one)} <span class="hint">{causeOf(one)}</span>
              </li>
            ))}
          </ol>
          {returns.length > 0 && <h2>Returns</h2>}
          <ul>
            {returns.map((one) => (
              <li key={one.returnId}>
                {one.lines.map((line) => `${line.quantity} × ${nameOf(line.productId)}`).join(', ')}:{' '}
                {RETURN_STATUS[one.status] ?? one.status}
              </li>
            ))}
          </ul>
        </div>
        <aside class="summary" aria-label="Payment and delivery">
          <Totals order={order} />
          {phone && (
            <p>
              <a href={`tel:${phone.replace(/[^+\d]/g, '')}`}>{phone}</a>
            </p>
          )}
          {order.shipment && (
            <p class="shipment">
              {order.shipment.carrier}, <code>{order.shipment.trackingNumber}</code>
            </p>
          )}
          {order.status === 'NEW' &&
            (asked ? (
              <Question text="Cancel this order? The shopper pays nothing." problem={problem}>
                <Button kind="danger" label="Yes, cancel it" isBusy={isBusy} onClick={cancel} />
                <Button kind="quiet" label="No" onClick={() => !isBusy && no()} />
              </Question>
            ) : (
              <Button
                kind="quiet"
                label="Cancel the order"
                takesFocus={isBack(true)}
                onClick={() => ask(true)}
              />
            ))}
        </aside>
      </div>
    </>
  );
}
