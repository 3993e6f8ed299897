import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { type Order, type ReturnRequest, getOrder, getReturns, requestReturn } from '../api/documents';
import { useShop } from '../context';
import { Refused } from '../errors';
import { Button, Field, Form, Heading, Loading, Problem, useAction, useLoaded } from '../parts';
import { returnable } from './order_words';
import { ForShopper } from './orders';

/** Shoppers choose what to send back. The request is kept until it has an answer, so that a repeat is the same return. */
export function ReturnPage() {
  return (
    <>
      <Heading>Send something back</Heading>
      <ForShopper what="your order">
        <ReturnOf />
      </ForShopper>
    </>
  );
}

function ReturnOf() {
  const { api } = useShop();
  const { params } = useRoute();
  const orderId = params['orderId'] ?? '';
  const { value, problem, load } = useLoaded(async () => {
    const [{ getOrder: order }, { getReturns: returns }] = await Promise.all([
      api.ask(getOrder, { orderId }),
      api.ask(getReturns, { orderId }),
    ]);
    return { order, left: order ? returnable(order, returns) : new Map<string, number>() };
  }, [orderId]);
  return (
    <>
      <Problem text={problem} retry={load} />
      {!value && !problem && <Loading what="your order" />}
      {value && (!value.order || value.left.size === 0) && (
        <p>
          Nothing of this order can be sent back. <a href={`/orders/${orderId}`}>To the order</a>
        </p>
      )}
      {value?.order && value.left.size > 0 && <Choice order={value.order} left={value.left} />}
    </>
  );
}

function Choice({ order, left }: { order: Order; left: Map<string, number> }) {
  const { api } = useShop();
  const { route } = useLocation();
  const key = `shop.return.${order.orderId}`;
  const [quantities, setQuantities] = useState<Record<string, number>>({});
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const { run, problem, isBusy } = useAction();
  const lines = Object.entries(quantities)
    .filter(([, quantity]) => quantity > 0)
    .map(([productId, quantity]) => ({ productId, quantity, reason: reason.trim() || null }));
  const submit = async () => {
    setTried(true);
    if (lines.length === 0) return;
    await run(async () => {
      const input = kept(key, order.orderId, lines);
      try {
        await api.ask(requestReturn, { input });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        sessionStorage.removeItem(key);
        throw new Refused('RETURN', error.message); // Its reason, such as the days since the delivery.
      }
      sessionStorage.removeItem(key);
      route(`/orders/${order.orderId}#returns`);
    });
  };
  return (
    <Form onSubmit={submit}>
      <Problem text={problem} />
      <p>Which products do you send back, and how many?</p>
      {order.products
        .filter((one) => left.has(one.productId))
        .map((one) => (
          <Field
            key={one.productId}
            label={one.name}
            required
            name={one.productId}
            value={String(quantities[one.productId] ?? 0)}
            onValue={(value) => setQuantities({ ...quantities, [one.productId]: Number(value) })}
            options={Array.from({ length: Math.min(left.get(one.productId)!, 1000) + 1 }, (_, place) => ({
              value: String(place),
              label: String(place),
            }))}
          />
        ))}
      <Field label="Why?" name="reason" maxLength={500} value={reason} onValue={setReason} />
      <Problem text={tried && lines.length === 0 ? 'Please choose at least one product.' : ''} />
      <div class="row">
        <Button type="submit" label="Ask for the return" isBusy={isBusy} />
        <a class="button quiet" href={`/orders/${order.orderId}`}>
          Back to the order
        </a>
      </div>
    </Form>
  );
}

/** The request whose answer was lost, if it is the same; else a new one with a token of its own. */
function kept(key: string, orderId: string, lines: ReturnRequest['lines']): ReturnRequest {
  const before = JSON.parse(sessionStorage.getItem(key) ?? 'null') as ReturnRequest | null;
  if (before && JSON.stringify(before.lines) === JSON.stringify(lines)) return before;
  const request = { orderId, lines, clientToken: crypto.randomUUID() };
  sessionStorage.setItem(key, JSON.stringify(request));
  return request;
}
