import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { type Order, getOrder, getReturns } from '../api/documents';
import { useShop } from '../context';
import { Button, Field, Form, Heading, Loading, Problem, useAction, useLoaded, useShown } from '../parts';
import { returnable } from './order_words';
import { ForShopper } from './orders';
import { askForReturn } from './return_request';

/** Shoppers choose what to send back. */
export function ReturnPage() {
  const { params } = useRoute();
  return (
    <>
      <Heading>Send something back</Heading>
      <ForShopper what="your order">
        <ReturnOf key={params['orderId']} />
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
  const [quantities, setQuantities] = useState<Record<string, number>>({});
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const { run, problem, isBusy } = useAction();
  // If the shopper has left this page meanwhile, the return is in the page of the order.
  const isShown = useShown();
  const lines = Object.entries(quantities)
    .filter(([, quantity]) => quantity > 0)
    .map(([productId, quantity]) => ({ productId, quantity, reason: reason.trim() || null }));
  const submit = async () => {
    setTried(true);
    if (lines.length === 0) return;
    await run(async () => {
      await askForReturn(api, order.orderId, lines);
      if (isShown.current) route(`/orders/${order.orderId}#returns`);
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
