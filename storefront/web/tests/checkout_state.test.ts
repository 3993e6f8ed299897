import { describe, expect, it } from 'vitest';
import { addressOf, EMPTY } from '../src/shop/address';
import {
  type Checkout,
  after,
  cardNumber,
  isPaid,
  outcomeOf,
  ownedBy,
  quoteOf,
  requestOf,
  words,
} from '../src/shop/checkout_state';
import { cart, line, order } from './samples';

const DRAFT = { ...EMPTY, name: 'Jo', streetAddress: '1 Street', city: 'Berlin', country: 'DE', phoneNumber: '1' };
const QUOTE = quoteOf(cart([line('pot', 2)], { version: 7 }), 500);
const READY: Checkout = {
  userId: 'jo',
  draft: DRAFT,
  address: addressOf(DRAFT),
  quote: QUOTE,
  hold: { token: 'held', amount: 2500 },
};
const SENT: Checkout = { ...READY, request: requestOf(READY, 'once') };

describe('the request', () => {
  it('has what the page has shown', () => {
    expect(SENT.request).toEqual({
      address: addressOf(DRAFT),
      paymentToken: 'held',
      deliveryPrice: 500,
      total: 2500,
      prices: [{ productId: 'pot', price: 1000 }],
      cartVersion: 7,
      clientToken: 'once',
    });
  });

  it('needs all steps before it', () => {
    expect(() => requestOf({ draft: DRAFT }, 'once')).toThrow();
  });
});

describe('the outcome', () => {
  it('is an order, for the first request and for a repeat', () => {
    expect(outcomeOf(201, { order: order() }).kind).toBe('made');
    expect(outcomeOf(200, { order: order() }).kind).toBe('made');
  });

  it('is a refusal only when the platform says so', () => {
    const problems = [{ code: 'INSUFFICIENT_STOCK', message: '' }];
    expect(outcomeOf(409, { problems })).toEqual({ kind: 'refused', problems });
    expect(outcomeOf(400, { message: 'address.city is missing' }).kind).toBe('refused');
    expect(outcomeOf(401, { message: 'Unauthorized' }).kind).toBe('signedOut');
  });

  it.each([
    [200, {}],
    [200, null],
    [409, {}],
    [409, { problems: [{ code: 'TRY_AGAIN', message: '' }] }],
    [403, {}],
    [429, {}],
    [500, { message: 'Internal server error' }],
    [503, { message: '', problems: [] }],
    [504, 'gateway'],
  ])('is unknown for %i %j', (status, body) => {
    expect(outcomeOf(status, body).kind).toBe('unknown');
  });
});

describe('the checkout after an outcome', () => {
  it('keeps the very same request while the outcome is unknown', () => {
    expect(after(SENT, { kind: 'unknown' })).toEqual(SENT);
    expect(after(SENT, { kind: 'signedOut' })).toEqual(SENT);
  });

  it('keeps nothing that could order again', () => {
    expect(after(SENT, { kind: 'made', order: order() })).toEqual({ userId: 'jo' });
  });

  it('prices again after a refusal, and keeps the money that is held', () => {
    const refused = after(SENT, { kind: 'refused', problems: [{ code: 'TOTAL_CHANGED', message: '' }] });
    expect(refused).toEqual({ userId: 'jo', draft: DRAFT, address: READY.address, hold: READY.hold });
  });

  it.each(['PAYMENT_REFUSED', 'IDEMPOTENCY_MISMATCH'])('asks for a card again after %s', (code) => {
    expect(after(SENT, { kind: 'refused', problems: [{ code, message: '' }] }).hold).toBeUndefined();
  });

  it('is paid only when the held money is the total', () => {
    expect(isPaid(READY)).toBe(true);
    expect(isPaid({ ...READY, quote: { ...QUOTE, total: 2501 } })).toBe(false);
    expect(isPaid({ ...READY, quote: { ...QUOTE, total: 2499 } })).toBe(false);
  });

  it('is never sent in the name of another shopper', () => {
    expect(ownedBy(SENT, 'jo')).toEqual(SENT);
    expect(ownedBy(SENT, 'ann')).toEqual({ userId: 'ann' });
    expect(ownedBy(SENT, null)).toEqual(SENT); // signed out: jo may come back
    expect(ownedBy(READY, null)).toEqual({});
  });

  it('takes over what a visitor typed, and never held money', () => {
    const { userId: _, ...visited } = READY;
    const { hold: __, ...typed } = visited;
    expect(ownedBy(visited, 'ann')).toEqual({ ...typed, userId: 'ann' });
  });
});

describe('the words of a refusal', () => {
  const nameOf = () => 'Pot';

  it('name the product and what to do', () => {
    const few = { code: 'INSUFFICIENT_STOCK', message: '', productId: 'pot', available: 2 };
    expect(words(few, nameOf)).toBe('Only 2 of Pot are left. Please change the quantity in your cart.');
    expect(words({ ...few, available: 0 }, nameOf)).toContain('Pot is sold out');
  });

  it('are the message of the platform for a code that the page does not know', () => {
    expect(words({ code: 'NEW_CODE', message: 'the moon is full' }, nameOf)).toBe('The moon is full.');
  });
});

describe('a card number', () => {
  it('has 16 digits, with or without spaces', () => {
    expect(cardNumber('4242 4242 4242 4242')).toBe('4242424242424242');
    for (const text of ['', '4242', '42424242424242424', '4242 4242 4242 424x'])
      expect(cardNumber(text)).toBeUndefined();
  });
});
