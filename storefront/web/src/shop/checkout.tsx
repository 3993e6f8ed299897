import { useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Cart, Order } from '../api/documents';
import { useShop } from '../context';
import { SignedOut, Unreachable, inWords } from '../errors';
import { OrderPage } from '../lazy_pages';
import { money } from '../money';
import { Button, Field, Form, Heading, Loading, Problem, useAction, useLoaded, useShown } from '../parts';
import { useStore } from '../store';
import { countryName } from './address';
import { AddressForm } from './address_form';
import { canBeOrdered } from './cart_rules';
import { type Checkout, type Problem as Refusal, cardNumber, isPaid, words } from './checkout_state';

export function CheckoutPage() {
  const { session, cart, checkout } = useShop();
  const { route } = useLocation();
  const person = useStore(session.person);
  const shown = useStore(cart.cart);
  const state = useStore(checkout.state);
  const [refusals, setRefusals] = useState<{ code: string; text: string }[]>([]);
  const { problem, load } = useLoaded(() => cart.load(), [person]);

  useEffect(() => {
    if (person === null) route(`/sign-in?next=${encodeURIComponent('/checkout')}`, true);
  }, [person]);

  // The request is forgotten as soon as its order is known; this page goes on showing that it is sent until it leaves.
  const [isSending, setSending] = useState(false);
  useEffect(() => {
    if (state.request) setSending(true);
  }, [state.request]);

  const step = isSending ? 'sending' : state.quote ? 'payment' : 'address';
  const before = useRef(step);
  useEffect(() => {
    if (step !== before.current) document.getElementById(step)?.focus();
    before.current = step;
  }, [step]);

  // If the shopper has left this page meanwhile, the order is in the list of orders.
  const isShown = useShown();
  const ended = async (result: Order | Refusal[]) => {
    if (!isShown.current) return;
    if (!Array.isArray(result)) {
      void cart.load().catch(() => undefined);
      return route(`/orders/${result.orderId}?new=1`, true);
    }
    const nameOf = (id: string) => cart.cart.value?.lines.find((line) => line.productId === id)?.name ?? 'A product';
    setSending(false);
    setRefusals(result.map((one) => ({ code: one.code, text: words(one, nameOf) })));
    await cart.load().catch(() => undefined);
  };

  let content;
  if (state.request || isSending) content = <Sending ended={ended} />;
  else if (shown === undefined || !person) content = problem ? null : <Loading what="your cart" />;
  else if (!canBeOrdered(shown)) content = <NothingToOrder cart={shown} />;
  else if (!state.quote) content = <AddressForm clear={() => setRefusals([])} />;
  else content = <Payment cart={shown!} state={state} />;
  return (
    <>
      <Heading>Checkout</Heading>
      <ol class="stages" aria-label="Steps of the checkout">
        <li aria-current={step === 'address' ? 'step' : undefined}>1 Address</li>
        <li aria-current={step === 'address' ? undefined : 'step'}>2 Payment</li>
      </ol>
      <div role="alert">
        {refusals.length > 0 && (
          <div class="notice bad">
            {refusals.every(({ code }) => code !== 'CART_ORDERED') && (
              <p>Nothing was ordered, and nothing is charged.</p>
            )}
            <ul>
              {refusals.map(({ text }) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
            <a href="/cart">Go to the cart</a>
          </div>
        )}
      </div>
      <Problem text={state.request || isSending ? '' : problem} retry={load} />
      {content}
    </>
  );
}

/** A request was sent, and its outcome is not known: in this page, or before a reload of it. */
function Sending({ ended }: { ended: (result: Order | Refusal[]) => Promise<unknown> }) {
  const { checkout } = useShop();
  const { route } = useLocation();
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(true);
  const isRunning = useRef(false);
  const finish = async () => {
    if (isRunning.current || !checkout.state.value.request) return;
    isRunning.current = true;
    setBusy(true);
    setProblem('');
    try {
      await ended(await checkout.finish());
    } catch (error) {
      if (error instanceof SignedOut) route(`/sign-in?next=${encodeURIComponent('/checkout')}`, true);
      setProblem(
        error instanceof Unreachable
          ? 'The shop has not answered yet, so we do not know whether your order was made. Try again: it cannot be made twice.'
          : inWords(error),
      );
      setBusy(false);
    } finally {
      isRunning.current = false;
    }
  };
  useEffect(() => {
    void finish();
    const again = () => void finish();
    addEventListener('online', again);
    return () => removeEventListener('online', again);
  }, []);
  return (
    <section class="card-like" id="sending" tabIndex={-1}>
      <p role="status" class="loading">
        {isBusy && (
          <>
            <span class="spinner" aria-hidden="true" />
            Your order is being made. You may reload this page; it cannot be made twice.
          </>
        )}
      </p>
      <Problem text={problem} />
      {!isBusy && <Button label="Try again" onClick={finish} />}
    </section>
  );
}

function NothingToOrder({ cart }: { cart: Cart | null }) {
  return (
    <div class="empty">
      <p>{cart?.lines.length ? 'Some products of your cart are no longer sold.' : 'Your cart is empty.'}</p>
      <a class="button main" href="/cart">
        Go to the cart
      </a>
    </div>
  );
}

interface PaymentProps {
  cart: Cart;
  state: Checkout;
}

function Payment({ cart, state }: PaymentProps) {
  const { cart: carts, checkout } = useShop();
  const [card, setCard] = useState('');
  const [tried, setTried] = useState(false);
  const { run, problem, isBusy } = useAction();
  useEffect(() => void OrderPage.preload(), []);
  const quote = state.quote!;
  const isStale = quote.cartVersion !== cart.version || quote.subtotal !== cart.subtotal;
  const paid = isPaid(state);
  const number = cardNumber(card);
  const pay = async () => {
    setTried(true);
    if (!number && !paid) return;
    await run(() => checkout.pay(number ?? ''));
  };
  // The cart changed in another window since the delivery was priced.
  const again = () => run(async () => checkout.quote(state.draft!, await carts.load()));
  const address = state.address!;
  return (
    <div class="split">
      <section aria-labelledby="payment">
        <h2 id="payment" tabIndex={-1}>
          Payment
        </h2>
        <Problem text={problem} />
        {isStale ? (
          <>
            <p class="notice plain" role="status">
              Your cart has changed since this total was made.
            </p>
            <Button label="Show the new total" onClick={again} isBusy={isBusy} />
          </>
        ) : (
          <Form onSubmit={pay}>
            {paid ? (
              <p class="notice plain">Your card is already approved for this total.</p>
            ) : (
              <Field
                label="Card number"
                name="card"
                autoComplete="cc-number"
                inputMode="numeric"
                required
                value={card}
                onValue={setCard}
                problem={tried && !number ? 'A card number has 16 digits.' : undefined}
                hint="It goes to the payment provider only. The shop never sees it."
              />
            )}
            <Button type="submit" label={`Pay ${money(quote.total, quote.currency)} and order`} isBusy={isBusy} />
            <p class="hint">The amount is reserved now and charged when the parcel is delivered.</p>
          </Form>
        )}
      </section>
      <aside class="summary" aria-label="Your order">
        <h2>Your order</h2>
        <ul class="brief">
          {cart.lines.map((line) => (
            <li key={line.productId}>
              <span>
                {line.quantity} × {line.name}
              </span>
              <span>{money(line.price * line.quantity, cart.currency)}</span>
            </li>
          ))}
        </ul>
        <dl>
          <div>
            <dt>Subtotal</dt>
            <dd>{money(quote.subtotal, quote.currency)}</dd>
          </div>
          <div>
            <dt>Delivery</dt>
            <dd>{money(quote.deliveryPrice, quote.currency)}</dd>
          </div>
          <div class="total">
            <dt>Total</dt>
            <dd id="total">{money(quote.total, quote.currency)}</dd>
          </div>
        </dl>
        <h3>Delivered to</h3>
        <address>
          {[
            address.name,
            address.companyName,
            address.streetAddress,
            [address.postCode, address.city].filter(Boolean).join(' '),
            countryName(address.country),
          ]
            .filter((one): one is string => !!one)
            .map((one) => (
              <span key={one}>{one}</span>
            ))}
        </address>
        <Button kind="quiet" label="Change the address" disabled={isBusy} onClick={() => checkout.reopen()} />
      </aside>
    </div>
  );
}
