import { type FunctionComponent, h, render } from 'preact';
import { beforeEach, describe, expect, test, vi } from 'vitest';
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
import { Page, fakeWindow, settled } from './fake_dom';
import { product } from './samples';

const location = vi.hoisted(() => ({ query: {} as Record<string, string>, route: vi.fn() }));
vi.mock('preact-iso', () => ({
  useLocation: () => location,
  useRoute: () => ({ params: { orderId: 'order' } }),
}));

type Answers = Map<unknown, (variables: never) => unknown>;

let pages: Page[] = [];

beforeEach(() => {
  for (const page of pages) render(null, page.root as never);
  pages = [];
  for (const [name, value] of Object.entries(fakeWindow())) vi.stubGlobal(name, value);
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  location.query = {};
  location.route.mockReset();
});

/** A page that a clerk has opened. `answers` has what the platform answers to each request. */
function open(component: FunctionComponent, answers: Answers) {
  const answer = async (document: unknown, variables: never, _options?: unknown) => answers.get(document)!(variables);
  const ask = vi.fn(answer);
  const of = async (productId: string) => ((await ask(getProduct, { productId } as never)) as never)['getProduct'];
  const session = { person: { value: { userId: 'clerk', groups: ['warehouse'] }, subscribe: () => () => undefined } };
  const page = new Page();
  pages.push(page);
  const desk = { api: { ask }, products: { of, forget: () => undefined }, session } as never;
  const shop = { config: { currency: 'EUR' } } as never;
  const draw = (shown: FunctionComponent | null) => {
    const content = h(DeskContext.Provider, { value: desk, children: shown && h(shown, {}) });
    render(h(ShopContext.Provider, { value: shop, children: content }), page.root as never);
  };
  draw(component);
  return { page, ask, leave: () => draw(null) };
}

const sees = (page: Page, words: string) => vi.waitFor(() => expect(page.text).toContain(words));
/** Until what came is drawn. */
const later = () => settled(() => undefined);
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
    const { page, ask } = open(PackPage, packing(0));
    await sees(page, 'Go on without them');
    page.button('Go on without them').dispatch('click');
    await sees(page, 'End without a package');
    page.button('End without a package').dispatch('click', { detail: 2 });
    page.button('End without a package').dispatch('click', { detail: 1 }); // A tap has no count in some browsers.
    await later();
    expect(ask.mock.calls.map(([document]) => document)).not.toContain(completePackaging);
    page.button('End without a package').dispatch('click', { timeStamp: performance.now() + 1000 });
    await vi.waitFor(() => expect(ask.mock.calls.map(([document]) => document)).toContain(completePackaging));
  });

  test('after a "No" the button that asked has the focus', async () => {
    const { page } = open(PackPage, packing(0));
    await sees(page, 'Go on without them');
    page.button('Go on without them').dispatch('click', { detail: 0 });
    await sees(page, 'End the order without a package?');
    await vi.waitFor(() => expect((document.activeElement as never)['localName']).toBe('p'));
    page.button('No').dispatch('click', { detail: 0 });
    await vi.waitFor(() => expect(document.activeElement).toBe(page.button('Go on without them')));
  });

  test('goes on while products cannot be read', async () => {
    const { page } = open(PackPage, packing(2).set(getProduct, fail(new Unreachable('down'))));
    await sees(page, 'The package is complete');
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

/** The form of the stock, without that of the search. */
async function stockForm(answers: Answers) {
  const opened = open(StockPage, answers);
  await sees(opened.page, 'On hand');
  const form = opened.page.root.all().filter((one) => one.localName === 'form')[1]!;
  const field = form.all().find((one) => one.localName === 'input')!;
  const type = (text: string) => opened.page.type(text, 'onHand');
  return { ...opened, form, field, type };
}

describe('the stock', () => {
  test('is set once, from an empty field beside the present number', async () => {
    const { page, form, field, type, ask } = await stockForm(counting());
    expect(field.value).toBe('');
    expect(form.text).toContain('Now 7');
    type('9');
    await later();
    form.dispatch('submit');
    await sees(page, 'The stock is set.');
    expect(ask).toHaveBeenCalledWith(setStock, { productId: 'pot', onHand: 9 }, { repeat: false });
    expect(field.value).toBe('');
  });

  test('is read again after a lost answer', async () => {
    const answers = counting();
    const { page, form, type, ask } = await stockForm(answers);
    answers.set(setStock, fail(new Unreachable('lost')));
    answers.set(getStock, () => ({ getStock: stockOf(8) }));
    type('9');
    await later();
    form.dispatch('submit');
    await sees(page, '8 units are on hand');
    expect(page.text).toContain('There was no answer.');
    expect(ask.mock.calls.filter(([document]) => document === setStock)).toHaveLength(1);
  });

  test('is shown as it is after a refusal', async () => {
    const answers = counting();
    const { page, form, type } = await stockForm(answers);
    answers.set(setStock, fail(new Refused('BELOW_RESERVED', 'reserved')));
    answers.set(getStock, () => ({ getStock: stockOf(8) }));
    type('1');
    await later();
    form.dispatch('submit');
    await sees(page, 'More units than that are reserved');
    await sees(page, 'Now 8');
  });

  test('needs a number', async () => {
    const { page, form } = await stockForm(counting());
    form.dispatch('submit');
    await sees(page, 'A whole number.');
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
    return { answers, answer: () => answer() };
  }

  test('leads from an id to its stock', async () => {
    const { answers, answer } = searching();
    open(StockPage, answers);
    await later();
    answer();
    await vi.waitFor(() => expect(location.route).toHaveBeenCalledWith('/staff/stock?id=pot', true));
  });

  test('does not lead a clerk back who has gone on', async () => {
    const { answers, answer } = searching();
    const { leave } = open(StockPage, answers);
    await later();
    leave();
    answer();
    await later();
    expect(location.route).not.toHaveBeenCalled();
  });
});

describe('a new product', () => {
  async function saved() {
    let answer = () => undefined as void;
    const created = new Promise((resolve) => {
      answer = () => resolve({ createProduct: {} });
    });
    const { page, leave, ask } = open(ProductEditPage, new Map([[createProduct, () => created]]));
    await sees(page, 'Price in EUR');
    for (const [name, text] of Object.entries({ productId: 'pot', name: 'Copper pot', price: '19.99' })) {
      page.type(text, name);
      await later();
    }
    page.submit();
    await vi.waitFor(() => expect(ask.mock.calls.map(([document]) => document)).toContain(createProduct));
    return { leave, answer: () => answer() };
  }

  test('is shown when it is saved', async () => {
    const { answer } = await saved();
    answer();
    await vi.waitFor(() => expect(location.route).toHaveBeenCalledWith('/staff/catalogue/edit?id=pot', true));
  });

  test('does not lead an administrator back who has gone on', async () => {
    const { answer, leave } = await saved();
    leave();
    answer();
    await later();
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
    const { page } = open(component, none);
    await later();
    page.submit();
    await sees(page, words);
    expect(location.route).not.toHaveBeenCalled();
  });
});

test('a delivery without a phone number has no link to call', async () => {
  const address = { name: 'Ann', streetAddress: 'Street 1', city: 'Town', country: 'NL', phoneNumber: '' };
  const delivery = { orderId: 'order', address, shipment: null };
  const { page } = open(DeliveryPage, new Map([[getDelivery, () => ({ getDelivery: delivery })]]));
  await sees(page, 'Ann');
  expect(page.root.all().map((one) => one.attributes['href'])).not.toContain('tel:');
});
