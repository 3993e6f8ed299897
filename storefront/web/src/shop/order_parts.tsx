import type { Order } from '../api/documents';
import { money } from '../money';
import { Picture } from '../picture';
import { countryName } from './address';
import { subtotalOf } from './order_words';
import { usePictures } from './product_pictures';

/** Also for staff. */
export function OrderLines({ order }: { order: Order }) {
  const pictures = usePictures(order.products);
  return (
    <ul class="lines" aria-label="Products">
      {order.products.map((line) => (
        <li key={line.productId} class="line">
          <span class="thumb">
            <Picture product={{ ...line, ...pictures.get(line.productId) }} />
          </span>
          <div>
            <span class="name">{line.name}</span>
            <p class="price">
              {line.quantity} × {money(line.price, order.currency)}
            </p>
          </div>
          <p class="sum">{money(line.price * (line.quantity ?? 0), order.currency)}</p>
        </li>
      ))}
    </ul>
  );
}

export function Totals({ order }: { order: Order }) {
  const { address } = order;
  return (
    <>
      <dl>
        <div>
          <dt>Subtotal</dt>
          <dd>{money(subtotalOf(order), order.currency)}</dd>
        </div>
        <div>
          <dt>Delivery</dt>
          <dd>{money(order.deliveryPrice, order.currency)}</dd>
        </div>
        <div class="total">
          <dt>Total</dt>
          <dd>{money(order.total, order.currency)}</dd>
        </div>
        {!!order.refunded && (
          <div>
            <dt>Paid back</dt>
            <dd id="refunded">{money(order.refunded, order.currency)}</dd>
          </div>
        )}
      </dl>
      <h3>Delivered to</h3>
      <address>
        <span>{address.name}</span>
        {address.companyName && <span>{address.companyName}</span>}
        <span>{address.streetAddress}</span>
        <span>{[address.postCode, address.city].filter(Boolean).join(' ')}</span>
        <span>{[address.state, countryName(address.country)].filter(Boolean).join(', ')}</span>
      </address>
    </>
  );
}
