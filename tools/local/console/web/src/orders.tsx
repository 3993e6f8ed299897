import { useRef, useState } from 'preact/hooks';
import { orders, ordersWithIds, type OrderRow } from './api';
import { Heading, money, Problem, Time, useGathered, useLoaded } from './parts';
import { address } from './router';
import { useEvents } from './stream';

const PRODUCER = 'ecommerce.orders';
const GATHER_MS = 200;

/** The list with some orders replaced or added, newest first. */
export function merged(list: OrderRow[], changed: OrderRow[]): OrderRow[] {
  const byId = new Map([...list, ...changed].map((order) => [order.orderId, order]));
  return [...byId.values()].sort((one, other) => (other.createdDate ?? '').localeCompare(one.createdDate ?? ''));
}

export function OrdersPage() {
  const [search, setSearch] = useState('');
  const [changed, setChanged] = useState<OrderRow[]>([]);
  const [news, setNews] = useState('');
  const waiting = useRef(new Set<string>());
  const { value, problem } = useLoaded(async () => {
    const found = await orders(search);
    setChanged([]);
    return found;
  }, [search]);

  const ask = useGathered(async () => {
    const ids = [...waiting.current].slice(0, 100);
    ids.forEach((id) => waiting.current.delete(id));
    const found = await ordersWithIds(ids).catch(() => []);
    setChanged((before) => merged(before, found));
    setNews(`${found.length} ${found.length === 1 ? 'order' : 'orders'} new or changed`);
    if (waiting.current.size) ask();
  }, GATHER_MS);
  useEvents((events, isRestart) => {
    if (isRestart) return;
    for (const event of events) {
      if (event.source === PRODUCER && event.resources[0]) waiting.current.add(event.resources[0]);
    }
    if (waiting.current.size) ask();
  });

  const known = new Set(value?.map((order) => order.orderId));
  const shown = merged(
    value ?? [],
    changed.filter((order) => !search || known.has(order.orderId)),
  );
  return (
    <>
      <Heading>Orders</Heading>
      <search>
        <label for="search">Order id, or the shopper’s e-mail address</label>
        <input
          id="search"
          type="search"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value.trim())}
        />
      </search>
      <Problem text={problem} />
      <p class="hidden" aria-live="polite">
        {news}
      </p>
      {value && shown.length === 0 && <p>No order. `make demo` places one.</p>}
      {shown.length > 0 && (
        <div class="scroll">
          <table id="orders">
            <caption>{search ? 'Orders found' : 'The newest orders'}</caption>
            <thead>
              <tr>
                <th scope="col">Order</th>
                <th scope="col">Placed</th>
                <th scope="col">Status</th>
                <th scope="col">Payment</th>
                <th scope="col" class="number">
                  Total
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((order) => (
                <tr key={order.orderId}>
                  <th scope="row">
                    <a href={address('orders', order.orderId)}>{order.orderId}</a>
                  </th>
                  <td>
                    <Time at={order.createdDate} />
                  </td>
                  <td>{order.status}</td>
                  <td>{order.paymentStatus}</td>
                  <td class="number">{money(order.total, order.currency)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
