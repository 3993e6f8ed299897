import { useLocation, useRoute } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  type Order,
  type Return,
  cancelOrder,
  cancelReturn,
  getOrder,
  getReturns,
  onOrderChanged,
} from '../api/documents';
import { useShop } from '../context';
import { Refused, inWords } from '../errors';
import { money } from '../money';
import { Button, Heading, Loading, Problem, Status, day, moment, useAction } from '../parts';
import { Question, useAsked } from '../question';
import { missingOf, rememberOrder } from './as_ordered';
import { OrderLines, Totals } from './order_parts';
import { ORDER_STATUS, RETURN_STATUS, STEPS, isOpen, later, paymentOf, returnable, stateOf } from './order_words';
import { ForShopper } from './orders';

const CART_LOOKS_MS = [0, 1_000, 3_000, 8_000, 20_000];

export function OrderPage() {
  const { params } = useRoute();
  // With the key, what is read of another order too late is dropped with the page of that order.
  return (
    <ForShopper what="your order">
      <OrderOf key={params['orderId']} />
    </ForShopper>
  );
}

function OrderOf() {
  const { params, query } = { ...useRoute(), ...useLocation() };
  const orderId = params['orderId'] ?? '';
  const { cart } = useShop();
  const { order, problem, show, read } = useOrder(orderId);
  // Until a reload, which is not the moment of the order any more.
  const [made] = useState(() => (query['new'] === '1' ? orderId : ''));
  const isNew = made === orderId;
  useEffect(() => {
    if (made) history.replaceState(null, '', `/orders/${made}`);
  }, [made]);
  // What was ordered leaves the cart some moments later.
  useEffect(() => {
    if (!isNew) return undefined;
    const read = () => void cart.load().catch(() => undefined);
    const timers = CART_LOOKS_MS.map((milliseconds) => setTimeout(read, milliseconds));
    return () => timers.forEach(clearTimeout);
  }, [isNew]);
  if (order === null) {
    return (
      <>
        <Heading>There is no such order</Heading>
        <p>
          It may belong to another account. <a href="/orders">My orders</a>
        </p>
      </>
    );
  }
  const isThanked = isNew && order?.status === 'NEW';
  if (!order) return problem ? <Problem text={problem} retry={read} /> : <Loading what="your order" />;
  return (
    <>
      <Heading title={isThanked ? 'Thank you' : 'Your order'}>
        {isThanked ? 'Thank you! Your order is made.' : `Order of ${day(order.createdDate)}`}
      </Heading>
      <Problem text={problem} retry={read} />
      <p class="hint">
        Order number <code id="order-id">{order.orderId}</code>
      </p>
      <Progress order={order} />
      <div class="split">
        <div>
          <OrderLines order={order} />
          <Missing order={order} />
          <Returns order={order} />
        </div>
        <aside class="summary" aria-label="Payment and delivery">
          <Totals order={order} />
          <p class="hint" id="payment-state">
            {paymentOf(order)}
          </p>
          {order.status === 'NEW' && <Cancel order={order} show={show} read={read} />}
        </aside>
      </div>
    </>
  );
}

/** The live order: read when the subscription is open, again after a lost connection. null: there is none. */
function useOrder(orderId: string) {
  const { api } = useShop();
  const [order, setOrder] = useState<Order | null>();
  const [problem, setProblem] = useState('');
  const show = (found: Order) => {
    rememberOrder(found);
    setOrder((known) => later(known ?? undefined, found));
  };
  const read = async () => {
    try {
      const found = (await api.ask(getOrder, { orderId })).getOrder;
      if (found) show(found);
      else setOrder(null);
      setProblem('');
    } catch (error) {
      setProblem(inWords(error));
    }
  };
  useEffect(() => {
    setOrder(undefined);
    void read();
    return api.live(
      onOrderChanged,
      { orderId },
      {
        open: () => void read(),
        next: ({ onOrderChanged: found }) => found && show(found),
      },
    );
  }, [orderId]);
  return { order, problem, show, read };
}

function Progress({ order }: { order: Order }) {
  const reached = STEPS.indexOf(order.status);
  const at = new Map((order.history ?? []).map((move) => [move.status, move.at]));
  return (
    <section aria-label="Progress">
      <p role="status" class={`state large ${order.status}`} id="order-state">
        {stateOf(order)}
      </p>
      {reached >= 0 && (
        <ol class="steps">
          {STEPS.map((step, place) => (
            <li key={step} class={place <= reached ? 'done' : ''} aria-current={place === reached ? 'step' : undefined}>
              <span>{ORDER_STATUS[step]}</span>
              <span class="hint">{at.has(step) ? moment(at.get(step)!) : ''}</span>
            </li>
          ))}
        </ol>
      )}
      {order.shipment && (
        <p class="shipment">
          Sent with {order.shipment.carrier}, tracking number <code id="tracking">{order.shipment.trackingNumber}</code>
        </p>
      )}
    </section>
  );
}

/** What the shopper does not pay for. */
function Missing({ order }: { order: Order }) {
  const missing = missingOf(order);
  return (
    <Status kind="plain">
      {missing.length > 0 &&
        missing.map(({ productId, name, quantity }) => (
          <p key={productId}>
            {quantity} × {name} could not be packed; you do not pay for {quantity === 1 ? 'it' : 'them'}.
          </p>
        ))}
    </Status>
  );
}

function Cancel({ order, show, read }: { order: Order; show: (order: Order) => void; read: () => Promise<void> }) {
  const { api } = useShop();
  const { asked, ask, no, isBack } = useAsked();
  const { run, problem, isBusy } = useAction();
  const cancel = () =>
    run(async () => {
      try {
        show((await api.ask(cancelOrder, { orderId: order.orderId })).cancelOrder);
      } catch (error) {
        if (error instanceof Refused) await read();
        throw error;
      }
    });
  return (
    <>
      {!asked && <Problem text={problem} />}
      {asked ? (
        <Question text="Cancel the whole order?" problem={problem}>
          <Button kind="danger" label="Yes, cancel it" isBusy={isBusy} onClick={cancel} />
          <Button kind="quiet" label="No" onClick={() => !isBusy && no()} />
        </Question>
      ) : (
        <Button kind="quiet" label="Cancel the order" takesFocus={isBack(true)} onClick={() => ask(true)} />
      )}
    </>
  );
}

function Returns({ order }: { order: Order }) {
  const { api } = useShop();
  const [returns, setReturns] = useState<Return[]>();
  // The shopper comes from the form of a return, which is far down on this page.
  const [isAsked] = useState(location.hash === '#returns');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isAsked || !heading.current) return;
    history.replaceState(null, '', location.pathname);
    heading.current.focus({ preventScroll: true });
    heading.current.scrollIntoView();
  }, [isAsked, !returns]);
  const { run, problem } = useAction();
  const read = async () => setReturns((await api.ask(getReturns, { orderId: order.orderId })).getReturns);
  useEffect(() => {
    if (order.status !== 'FULFILLED') return undefined;
    void run(read);
    // There is no subscription for returns.
    const timer = setInterval(() => !document.hidden && void read().catch(() => undefined), 15_000);
    return () => clearInterval(timer);
  }, [order.orderId, order.status, order.modifiedDate]);
  if (order.status !== 'FULFILLED' || !returns) return <Problem text={problem} />;
  const cancel = (returnId: string) =>
    run(async () => {
      await api.ask(cancelReturn, { returnId });
      await read();
    });
  const names = new Map(order.products.map((one) => [one.productId, one.name]));
  return (
    <section aria-labelledby="returns">
      <h2 id="returns" ref={heading} tabIndex={-1}>
        Returns
      </h2>
      <Status>{isAsked && <p>Your return is asked for. You find it here.</p>}</Status>
      <Problem text={problem} />
      <ul class="returns">
        {returns.map((one) => (
          <li key={one.returnId}>
            <p>
              {one.lines.map((line) => `${line.quantity} × ${names.get(line.productId) ?? line.productId}`).join(', ')}
            </p>
            <Status kind="plain">
              <p>
                {RETURN_STATUS[one.status] ?? one.status} {one.refund != null && money(one.refund, one.currency)}{' '}
                {one.reason}
              </p>
            </Status>
            {isOpen(one) && (
              <Button kind="quiet" label="Cancel this return" onClick={() => cancel(one.returnId)} />
            )}
          </li>
        ))}
      </ul>
      {returnable(order, returns).size > 0 && (
        <a class="button quiet" href={`/orders/${order.orderId}/return`}>
          Send something back
        </a>
      )}
    </section>
  );
}
