import { useEffect, useRef, useState } from 'preact/hooks';
import type { Cart, CartLine } from '../api/documents';
import { useShop } from '../context';
import { money } from '../money';
import { Button, Heading, Loading, Problem, Status, useLoaded } from '../parts';
import { Picture } from '../picture';
import { useStore } from '../store';
import { LEVELS, useLevels } from './availability';
import { addressOfProduct } from './cards';
import { CartQueue } from './cart_queue';
import { type Change, MOST_UNITS, canBeOrdered, countOf, quantityOf, withQuantities } from './cart_rules';

export function CartPage() {
  const { api, cart } = useShop();
  const known = useStore(cart.cart);
  const [queue] = useState(() => new CartQueue((wanted) => cart.change(wanted)));
  const quantities = useStore(queue.quantities);
  const shown = known && withQuantities(known, quantities);
  const levels = useLevels(
    api,
    (known?.lines ?? []).map((line) => line.productId),
  );
  const problemOfChange = useStore(queue.problem);
  const notice = useStore(cart.notice);
  const { problem, load } = useLoaded(() => cart.load(), []);
  useEffect(() => () => cart.notice.set(''), []);
  const change = (wanted: Change) => queue.add(wanted, quantityOf(known ?? null, wanted.productId));
  const isEmpty = shown !== undefined && countOf(shown) === 0;
  return (
    <>
      <Heading>Your cart</Heading>
      <Status>{notice && <p>{notice}</p>}</Status>
      <Problem text={problemOfChange || problem} retry={problem ? load : undefined} />
      {shown === undefined && !problem && <Loading what="your cart" />}
      {isEmpty && (
        <div class="empty">
          <p>Your cart is empty.</p>
          <a class="button main" href="/products">
            Look around
          </a>
        </div>
      )}
      {shown && !isEmpty && (
        <div class="split">
          <ul class="lines" aria-label="Products in the cart">
            {shown.lines.map((line) => (
              <Line
                key={line.productId}
                line={line}
                level={levels.get(line.productId)}
                currency={shown.currency}
                change={change}
              />
            ))}
          </ul>
          <Summary cart={shown} />
        </div>
      )}
    </>
  );
}

interface LineProps {
  line: CartLine;
  level: string | undefined;
  currency: string;
  change: (wanted: Change) => void;
}

function Line({ line, level, currency, change }: LineProps) {
  const { productId } = line;
  const ref = useRef<HTMLLIElement>(null);
  const remove = () => {
    // The button goes away with its line, and must not take the focus along.
    const next = ref.current?.nextElementSibling ?? ref.current?.previousElementSibling;
    (next?.querySelector<HTMLElement>('.name') ?? document.querySelector('h1'))?.focus();
    change({ productId, to: 0 });
  };
  return (
    <li ref={ref} class={line.available ? 'line' : 'line gone'}>
      <a class="thumb" href={addressOfProduct(line.productId)} tabIndex={-1} aria-hidden="true">
        <Picture product={line} />
      </a>
      <div>
        <a class="name" href={addressOfProduct(line.productId)}>
          {line.name}
        </a>
        {line.available ? (
          <p class="price">{money(line.price, currency)} each</p>
        ) : (
          <p class="problem">No longer sold. It is not part of the total; please remove it.</p>
        )}
        {line.available && (level === 'LOW' || level === 'OUT') && (
          <p class={`level ${level}`}>{level === 'OUT' ? 'Sold out. Please remove it.' : LEVELS[level]}</p>
        )}
        {line.available && line.priceBefore != null && (
          <p class="hint">
            {line.priceBefore > line.price ? 'Cheaper now' : 'More expensive now'}: it was{' '}
            {money(line.priceBefore, currency)} when you added it.
          </p>
        )}
        <div class="stepper" role="group" aria-label={`Quantity of ${line.name}`}>
          <Button
            kind="quiet"
            label="−"
            name={`One less ${line.name}`}
            isOff={line.quantity <= 1}
            onClick={() => change({ productId, by: -1 })}
          />
          <output aria-live="polite">{line.quantity}</output>
          <Button
            kind="quiet"
            label="+"
            name={`One more ${line.name}`}
            isOff={!line.available || line.quantity >= MOST_UNITS}
            onClick={() => change({ productId, by: 1 })}
          />
          <Button
            kind="quiet"
            label="Remove"
            name={`Remove ${line.name}`}
            onClick={remove}
          />
        </div>
      </div>
      <p class="sum">{line.available ? money(line.price * line.quantity, currency) : ''}</p>
    </li>
  );
}

function Summary({ cart }: { cart: Cart }) {
  const isReady = canBeOrdered(cart);
  return (
    <aside class="summary" aria-label="Total">
      <dl>
        <div>
          <dt>Subtotal</dt>
          <dd>{money(cart.subtotal, cart.currency)}</dd>
        </div>
      </dl>
      <p class="hint">The delivery price depends on your address.</p>
      {isReady ? (
        <a class="button main" href="/checkout">
          Go to the checkout
        </a>
      ) : (
        <p class="problem">Please remove the products that are no longer sold.</p>
      )}
    </aside>
  );
}
