/**
 * The checkout as a state that survives a reload, and what each answer of the platform makes of it.
 *
 * The request is stored before it is sent, with a client token of its own. As long as its outcome is unknown, exactly
 * this request is sent again: it answers the same order, however often it arrives. Only a refusal or an order ends it.
 */

import type { Address, Cart, Order } from '../api/documents';
import type { Draft } from './address';

export interface Quote {
  cartVersion: number;
  prices: { productId: string; price: number }[];
  subtotal: number;
  deliveryPrice: number;
  total: number;
  currency: string;
}

export interface CheckoutRequest {
  address: Address;
  paymentToken: string;
  deliveryPrice: number;
  total: number;
  prices: { productId: string; price: number }[];
  cartVersion: number;
  clientToken: string;
}

export interface Checkout {
  /** Whose it is: a request is never sent in the name of another shopper. */
  userId?: string;
  draft?: Draft;
  address?: Address;
  quote?: Quote;
  /** Money that the provider holds. It is not an order yet. */
  hold?: { token: string; amount: number };
  /** Of the request to come: a second press of the button, or one after a reload, is the same purchase. */
  clientToken?: string;
  /** Sent, and its outcome is not known. */
  request?: CheckoutRequest;
}

export interface Problem {
  code: string;
  message: string;
  productId?: string | null;
  expected?: number | null;
  given?: number | null;
  requested?: number | null;
  available?: number | null;
}

export type Outcome =
  | { kind: 'made'; order: Order }
  | { kind: 'refused'; problems: Problem[] }
  | { kind: 'signedOut' }
  | { kind: 'unknown' };

/** What a response of `POST /checkout` says. A body that is not in the contract says nothing. */
export function outcomeOf(status: number, body: unknown): Outcome {
  const answer = (typeof body === 'object' && body !== null ? body : {}) as {
    order?: Order;
    problems?: Problem[];
    message?: string;
  };
  if ((status === 200 || status === 201) && answer.order?.orderId) return { kind: 'made', order: answer.order };
  if (status === 401) return { kind: 'signedOut' };
  if (status === 409 && Array.isArray(answer.problems)) {
    // Two requests with one token: an earlier one may have made the order.
    const isUnsure = answer.problems.some(({ code }) => code === 'TRY_AGAIN');
    return isUnsure ? { kind: 'unknown' } : { kind: 'refused', problems: answer.problems };
  }
  if (status === 400) return { kind: 'refused', problems: [{ code: 'INVALID_INPUT', message: answer.message ?? '' }] };
  return { kind: 'unknown' };
}

/** The checkout after an outcome. */
export function after(checkout: Checkout, outcome: Outcome): Checkout {
  switch (outcome.kind) {
    case 'made':
      return kept(checkout, 'userId');
    case 'signedOut':
    case 'unknown':
      return checkout; // The same request again, later.
    case 'refused': {
      const codes = outcome.problems.map(({ code }) => code);
      const isHoldGood = !codes.includes('PAYMENT_REFUSED') && !codes.includes('IDEMPOTENCY_MISMATCH');
      // Prices are read again; the held money can pay for them if it is the same sum.
      return kept(checkout, 'userId', 'draft', 'address', ...(isHoldGood ? (['hold'] as const) : []));
    }
  }
}

/** These fields of the checkout, and no others. */
export function kept(checkout: Checkout, ...names: (keyof Checkout)[]): Checkout {
  return Object.fromEntries(Object.entries(checkout).filter(([name]) => names.includes(name as keyof Checkout)));
}

/** The checkout for this user, who signed in or out. Nothing of it is for another one. */
export function ownedBy(checkout: Checkout, userId: string | null): Checkout {
  if (userId === null) return checkout.request ? checkout : {};
  if (checkout.userId === userId) return checkout;
  // What a visitor typed before the sign-in. Money is held for users only.
  return checkout.userId ? { userId } : { ...kept(checkout, 'draft', 'address', 'quote'), userId };
}

export function quoteOf(cart: Cart, deliveryPrice: number): Quote {
  return {
    cartVersion: cart.version,
    prices: cart.lines.map(({ productId, price }) => ({ productId, price })),
    subtotal: cart.subtotal,
    deliveryPrice,
    total: cart.subtotal + deliveryPrice,
    currency: cart.currency,
  };
}

/** Whether the shopper need not enter the card again. */
export function isPaid(checkout: Checkout): boolean {
  return !!checkout.hold && checkout.hold.amount === checkout.quote?.total;
}

/**
 * The provider's idempotency key of a hold: the same for the same purchase, sum and card, so a repeat holds nothing
 * more. Another sum or card has another key, since the provider refuses a key that it knows with another body. It is a
 * hash: without the client token, the card number cannot be found by trying all of them.
 */
export async function holdKey(
  clientToken: string,
  amount: number,
  currency: string,
  cardNumber: string,
): Promise<string> {
  const text = JSON.stringify([clientToken, amount, currency, cardNumber]);
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function requestOf(checkout: Checkout, clientToken: string): CheckoutRequest {
  const { address, quote, hold } = checkout;
  if (!address || !quote || !hold) throw new Error('the checkout is not complete');
  const { deliveryPrice, total, prices, cartVersion } = quote;
  return { address, paymentToken: hold.token, deliveryPrice, total, prices, cartVersion, clientToken };
}

/** What to tell about a refusal. `nameOf` is the name of a product. */
export function words(problem: Problem, nameOf: (productId: string) => string): string {
  const name = problem.productId ? nameOf(problem.productId) : 'A product';
  switch (problem.code) {
    case 'INSUFFICIENT_STOCK':
      return problem.available
        ? `Only ${problem.available} of ${name} are left. Please change the quantity in your cart.`
        : `${name} is sold out. Please take it out of your cart.`;
    case 'UNKNOWN_PRODUCT':
      return `${name} is no longer sold. Please take it out of your cart.`;
    case 'PRICE_CHANGED':
      return `The price of ${name} has changed. Please check the new total.`;
    case 'DELIVERY_PRICE_CHANGED':
      return 'The price of the delivery has changed. Please check the new total.';
    case 'TOTAL_CHANGED':
    case 'CART_CHANGED':
      return 'Your cart or a price has changed since you saw the total. Please check it again.';
    case 'EMPTY_CART':
      return 'Your cart is empty. If you ordered in another window, you find the order under “My orders”.';
    case 'PAYMENT_REFUSED':
      return 'The payment was refused. Please use another card.';
    case 'IDEMPOTENCY_MISMATCH':
      return 'This payment belongs to an order already. Please look under “My orders” before you pay again.';
    default:
      return problem.message
        ? `${problem.message[0]!.toUpperCase()}${problem.message.slice(1)}.`
        : 'The order was refused.';
  }
}

/** The digits of a card number; undefined when it is none. */
export function cardNumber(text: string): string | undefined {
  const digits = text.replace(/[ -]/g, '');
  return /^\d{16}$/.test(digits) ? digits : undefined;
}
