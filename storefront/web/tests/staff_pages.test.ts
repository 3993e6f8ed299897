import { type FunctionComponent, h } from 'preact';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { getProduct, searchProducts } from '../src/api/documents';
import { ShopContext } from '../src/context';
import { Refused, Unreachable } from '../src/errors';
import { ProductEditPage } from '../src/staff/catalogue';
import { DeskContext } from '../src/staff/context';
import { DeliveriesPage } from '../src/staff/deliveries';
import { DeliveryPage } from '../src/staff/delivery';
import {
  completePackaging,
  createProduct,
  getDelivery,
  getNewDeliveries,
  getPackagingRequest,
  getStock,
  setStock,
} from '../src/staff/documents';
import { OrderLookupPage } from '../src/staff/order';
import { PackPage } from '../src/staff/pack';
import { StockPage } from '../src/staff/stock';
import { Page, settled, stubWindow } from './fake_dom';
import { product } from './samples';

const location = vi.hoisted(() => ({ query: {} as Record<string, string>, route: vi.fn() }));
vi.mock('preact-iso', () => ({
  useLocation: () => location,
  useRoute: () => ({ params: { orderId: 'order' } }),
}));

type Answers = Map<unknown, (variables: never) => unknown>;

let page: Page;

beforeEach(() => {
  stubWindow({ localStorage: { getItem: () => null, setItem: () => undefined } });
  page = new Page();
  location.query = {};
  location.route.mockReset();
});
afterEach(() => page.show(null));

/** A clerk opens a page. `answers` has what the platform answers to each request. */
async function open(component: FunctionComponent, answers: Answers) {
  const answer = async (document: unknown, variables: never, _options?: unknown) => answers.get(document)!(variables);
  const ask = vi.fn(answer);
  const of = async (productId: string) => ((await ask(getProduct, { productId } as never)) as never)['getProduct'];
  const session = { person: { value: { userId: 'clerk', groups: ['warehouse'] }, subscribe: () => () => undefined } };
  const desk = { api: { ask }, products: { of, forget: () => undefined }, session } as never;
  const shop = { config: { currency: 'EUR' } } as never;
  const draw = (shown: FunctionComponent | null) => {
    const content = h(DeskContext.Provider, { value: desk, children: shown && h(shown, {}) });
    return page.show(h(ShopContext.Provider, { value: shop, children: content }));
  };
  await draw(component);
  const requests = () => ask.mock.calls.map(([document]) => document);
  return { ask, requests, leave: () => draw(null) };
}

const fail = (error: Error) => () => {
  throw error;
};

function packing(units: number): Answers {
  const products = [{ productId: 'pot', quantity: units }];
  return new Map<unknown, (variables: never) => unknown>([
    [getPackagingRequest, () => ({ getPackagingRequest: { orderId: 'order', status: 'IN_PROGRESS', products } })],
    [getProduct, () => ({ getProduct: product('pot', { name: 'Copper pot' }) })],
    [completePackaging, () => ({})],
  ]);
}

describe('packing', () => {
  test('the second click of a double click does not end the order', async () => {
    const { requests } = await open(PackPage, packing(0));
    const pressedAt = performance.now();
    await page.press('Go on without them', { timeStamp: pressedAt });
    await page.press('End without a package', { detail: 2, timeStamp: pressedAt + 900 });
    // A tap has no count in some browsers.
    await page.press('End without a package', { detail: 1, timeStamp: pressedAt + 400 });
    expect(requests()).not.toContain(completePackaging);
    await page.press('End without a package', { timeStamp: performance.now() + 1000 });
    expect(requests()).toContain(completePackaging);
  });

  test('after a "No" the button that asked has the focus', async () => {
    await open(PackPage, packing(0));
    await page.press('Go on without them', { detail: 0 });
    expect(page.text).toContain('End the order without a package?');
    expect((document.activeElement as never)['localName']).toBe('p');
    await page.press('No', { detail: 0 });
    expect(document.activeElement).toBe(page.button('Go on without them'));
  });

  test('goes on while products cannot be read', async () => {
    await open(PackPage, packing(2).set(getProduct, fail(new Unreachable('down'))));
    expect(page.text).toContain('The package is complete');
    expect(page.text).toContain('pot');
  });
});

const stockOf = (onHand: number) => ({ productId: 'pot', onHand, reserved: 0, available: onHand });

function counting(): Answers {
  location.query = { id: 'pot' };
  return new Map<unknown, (variables: never) => unknown>([
    [getStock, () => ({ getStock: stockOf(7) })],
    [getProduct, () => ({ getProduct: product('pot', { name: 'Copper pot' }) })],
    [setStock, ({ onHand }: { onHand: number }) => ({ setStock: stockOf(onHand) })],
  ]);
}

/** A clerk enters a number of units, or none. */
async function enter(text: string) {
  if (text) await page.type(text, 'onHand');
  await page.submit('Set the stock');
}

describe('the stock', () => {
  test('is set once, from an empty field beside the present number', async () => {
    const { ask } = await open(StockPage, counting());
    expect(page.field('onHand').value).toBe('');
    expect(page.form('Set the stock').text).toContain('Now 7');
    await enter('9');
    expect(page.text).toContain('The stock is set.');
    expect(ask).toHaveBeenCalledWith(setStock, { productId: 'pot', onHand: 9 }, { repeat: false });
    expect(page.field('onHand').value).toBe('');
  });

  test('is read again after a lost answer', async () => {
    const answers = counting();
    const { requests } = await open(StockPage, answers);
    answers.set(setStock, fail(new Unreachable('lost')));
    answers.set(getStock, () => ({ getStock: stockOf(8) }));
    await enter('9');
    expect(page.text).toContain('8 units are on hand');
    expect(page.text).toContain('There was no answer.');
    expect(requests().filter((document) => document === setStock)).toHaveLength(1);
  });

  test('is shown as it is after a refusal', async () => {
    const answers = counting();
    await open(StockPage, answers);
    answers.set(setStock, fail(new Refused('BELOW_RESERVED', 'reserved')));
    answers.set(getStock, () => ({ getStock: stockOf(8) }));
    await enter('1');
    expect(page.text).toContain('More units than that are reserved');
    expect(page.text).toContain('Now 8');
  });

  test('needs a number', async () => {
    await open(StockPage, counting());
    await enter('');
    expect(page.text).toContain('A whole number.');
  });
});

describe('the search for a stock', () => {
  function searching() {
    location.query = { text: 'pot' };
    let answer = () => undefined as void;
    const found = new Promise((resolve) => {
      answer = () => resolve({ searchProducts: { products: [], nextToken: null } });
    });
    const answers: Answers = new Map<unknown, (variables: never) => unknown>([
      [getProduct, () => ({ getProduct: product('pot') })],
      [searchProducts, () => found],
    ]);
    return { answers, answer: () => settled(answer) };
  }

  test('leads from an id to its stock', async () => {
    const { answers, answer } = searching();
    await open(StockPage, answers);
    expect(location.route).not.toHaveBeenCalled();
    await answer();
    expect(location.route).toHaveBeenCalledWith('/staff/stock?id=pot', true);
  });

  test('does not lead a clerk back who has gone on', async () => {
    const { answers, answer } = searching();
    const { leave } = await open(StockPage, answers);
    await leave();
    await answer();
    expect(location.route).not.toHaveBeenCalled();
  });
});

describe('a new product', () => {
  async function saved() {
    let answer = () => undefined as void;
    const created = new Promise((resolve) => {
      answer = () => resolve({ createProduct: {} });
    });
    const { leave, requests } = await open(ProductEditPage, new Map([[createProduct, () => created]]));
    expect(page.text).toContain('Price in EUR');
    for (const [name, text] of Object.entries({ productId: 'pot', name: 'Copper pot', price: '19.99' })) {
      await page.type(text, name);
    }
    await page.submit();
    expect(requests()).toContain(createProduct);
    return { leave, answer: () => settled(answer) };
  }

  test('is shown when it is saved', async () => {
    const { answer } = await saved();
    await answer();
    expect(location.route).toHaveBeenCalledWith('/staff/catalogue/edit?id=pot', true);
  });

  test('does not lead an administrator back who has gone on', async () => {
    const { answer, leave } = await saved();
    await leave();
    await answer();
    expect(location.route).not.toHaveBeenCalled();
  });
});

describe('a form without a text says what is missing', () => {
  const nothing = { getNewDeliveries: { deliveries: [], nextToken: null } };
  const none: Answers = new Map([[getNewDeliveries, () => nothing]]);

  test.each([
    ['stock', StockPage, 'Please enter a name or an id.'],
    ['deliveries', DeliveriesPage, 'Please enter an order number.'],
    ['orders', OrderLookupPage, 'Please enter an order number.'],
  ])('%s', async (_, component, words) => {
    await open(component, none);
    await page.submit();
    expect(page.text).toContain(words);
    expect(location.route).not.toHaveBeenCalled();
  });
});

test('a delivery without a phone number has no link to call', async () => {
  const address = { name: 'Ann', streetAddress: 'Street 1', city: 'Town', country: 'NL', phoneNumber: '' };
  const delivery = { orderId: 'order', address, shipment: null };
  await open(DeliveryPage, new Map([[getDelivery, () => ({ getDelivery: delivery })]]));
  expect(page.text).toContain('Ann');
  expect(page.root.all().map((one) => one.attributes['href'])).not.toContain('tel:');
});
