import type { Cart, CartLine, Order, Product, Return } from '../src/api/documents';

export function line(productId: string, quantity: number, more: Partial<CartLine> = {}): CartLine {
  return {
    productId,
    name: `Name of ${productId}`,
    quantity,
    pictures: null,
    package: null,
    price: 1000,
    priceBefore: null,
    available: true,
    ...more,
  };
}

export function cart(lines: CartLine[], more: Partial<Cart> = {}): Cart {
  const subtotal = lines.reduce((sum, one) => sum + one.price * one.quantity, 0);
  return { cartId: 'cart', currency: 'EUR', version: 1, lines, subtotal, expiresAt: '', ...more };
}

export function product(productId: string, more: Partial<Product> = {}): Product {
  return {
    productId,
    name: productId,
    price: 1000,
    currency: 'EUR',
    category: null,
    tags: null,
    pictures: null,
    createdDate: null,
    modifiedDate: null,
    package: { width: null, length: null, height: null, weight: null },
    ...more,
  };
}

export function order(more: Partial<Order> = {}): Order {
  return {
    orderId: 'order',
    userId: 'user',
    createdDate: '2026-01-01T00:00:00Z',
    modifiedDate: '2026-01-01T00:00:00Z',
    status: 'FULFILLED',
    paymentStatus: 'CAPTURED',
    products: [{ ...product('pot'), quantity: 3, modifiedDate: null }],
    address: {
      name: 'Jo',
      companyName: null,
      streetAddress: '1 Street',
      postCode: null,
      city: 'Berlin',
      state: null,
      country: 'DE',
      phoneNumber: '1',
    },
    shipment: null,
    deliveryPrice: 1000,
    total: 4000,
    currency: 'EUR',
    refunded: null,
    history: null,
    ...more,
  };
}

export function sentBack(status: string, quantity: number, received: number | null = null): Return {
  const lines = [{ productId: 'pot', quantity, reason: null, received, restocked: null }];
  return {
    returnId: 'return',
    orderId: 'order',
    userId: 'user',
    createdDate: '',
    currency: 'EUR',
    status,
    lines,
    refund: null,
    reason: null,
    history: [],
  };
}

/** A browser's storage. */
export class Memory implements Partial<Storage> {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}
