import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { type Order, getOrders } from '../api/documents';
import { Known } from '../auth/known';
import { useShop } from '../context';
import { money } from '../money';
import { Button, Heading, Loading, Problem, day, useAction, useLoaded } from '../parts';
import { Picture } from '../picture';
import { useStore } from '../store';
import { distinct, statusOf } from './order_words';
import { usePictures } from './product_pictures';

/** How many products of an order have their pictures in the list. */
const SHOWN = 3;

/** What a shopper alone may see. It needs a sign-in; afterwards the shopper is back here. */
export function ForShopper({ what, children }: { what: string; children: ComponentChildren }) {
  const { session } = useShop();
  const { route } = useLocation();
  const person = useStore(session.person);
  useEffect(() => {
    if (person === null) route(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`, true);
  }, [person]);
  return (
    <Known session={session} what={what}>
      {children}
    </Known>
  );
}

export function OrdersPage() {
  return (
    <>
      <Heading>My orders</Heading>
      <ForShopper what="your orders">
        <Orders />
      </ForShopper>
    </>
  );
}

function Orders() {
  const { api } = useShop();
  const read = async (nextToken: string | null) => (await api.ask(getOrders, { nextToken })).getOrders;
  const { value, problem, load } = useLoaded(() => read(null), []);
  const [more, setMore] = useState<{ orders: Order[]; nextToken: string | null }>();
  const { run, problem: problemOfMore } = useAction();
  const nextToken = more ? more.nextToken : value?.nextToken;
  const loadMore = () =>
    run(async () => {
      const found = await read(nextToken!);
      setMore({ orders: [...(more?.orders ?? []), ...found.orders], nextToken: found.nextToken });
    });
  const orders = distinct([...(value?.orders ?? []), ...(more?.orders ?? [])]);
  const pictures = usePictures(orders.flatMap((order) => order.products.slice(0, SHOWN)));
  return (
    <>
      <Problem text={problem || problemOfMore} retry={problem ? load : loadMore} />
      {!value && !problem && <Loading what="your orders" />}
      {value && orders.length === 0 && (
        <div class="empty">
          <p>You have not ordered anything yet.</p>
          <a class="button main" href="/products">
            Look around
          </a>
        </div>
      )}
      <ul class="orders">
        {orders.map((order) => (
          <li key={order.orderId}>
            <a href={`/orders/${order.orderId}`}>
              <span class="stack" aria-hidden="true">
                {order.products.slice(0, SHOWN).map((one) => (
                  <Picture key={one.productId} product={{ ...one, ...pictures.get(one.productId) }} />
                ))}
              </span>
              <span class="what">
                <strong>{order.products.map((one) => one.name).join(', ')}</strong>
                <span class="hint">{day(order.createdDate)}</span>
              </span>
              <span class={`state ${order.status}`}>{statusOf(order)}</span>
              <span class="price">{money(order.total, order.currency)}</span>
            </a>
          </li>
        ))}
      </ul>
      {nextToken && <Button kind="quiet" label="Show older orders" onClick={loadMore} />}
    </>
  );
}
