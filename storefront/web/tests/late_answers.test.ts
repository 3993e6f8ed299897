/** Pages whose answers come after the shopper has gone on, or not at all. */

import { h } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Order } from '../src/api/documents';
import { type Shop, ShopContext } from '../src/context';
import { Unreachable } from '../src/errors';
import { ListPage } from '../src/shop/list';
import { OrderPage } from '../src/shop/order';
import { OrdersPage } from '../src/shop/orders';
import { ReturnPage } from '../src/shop/return';
import { Store } from '../src/store';
import { Page, settled, stubWindow } from './fake_dom';
import { order, product } from './samples';

const at = vi.hoisted(() => ({
  address: { url: '/', query: {} as Record<string, string>, route: (_: string) => undefined as void },
  params: {} as Record<string, string>,
}));
vi.mock('preact-iso', () => ({ useLocation: () => at.address, useRoute: () => ({ params: at.params }) }));

interface Asked {
  name: string;
  variables: Record<string, unknown>;
  answer: (value: object) => Promise<void>;
  fail: () => Promise<void>;
}

let asked: Asked[];
let page: Page;
let routed: string[];
const shop = {
  config: { currency: 'EUR' },
  session: {
    person: new Store({ userId: 'jo', email: '', groups: [] }),
    problem: new Store(''),
    askNow: () => undefined,
  },
  products: { of: async () => null },
  api: {
    live: () => () => undefined,
    ask: (document: { definitions: { name: { value: string } }[] }, variables: Record<string, unknown>) =>
      new Promise((resolve, reject) => {
        const answer = (value: object) => settled(() => resolve(value));
        const fail = () => settled(() => reject(new Unreachable('away')));
        asked.push({ name: document.definitions[0]!.name.value, variables, answer, fail });
      }),
  },
} as unknown as Shop;

const show = (component: () => unknown) =>
  page.show(h(ShopContext.Provider, { value: shop }, h(component as () => null, {})));
/** The newest request with this name. */
const last = (name: string) => asked.filter((one) => one.name.includes(name)).at(-1)!;

beforeEach(() => {
  asked = [];
  routed = [];
  at.address.route = (url) => void routed.push(url);
  stubWindow({
    location: { hash: '', pathname: '/', search: '' },
    history: { state: null, replaceState: () => undefined },
    matchMedia: () => ({ matches: true }),
  });
  page = new Page();
});
afterEach(async () => {
  await page.show(null);
  vi.unstubAllGlobals();
});

describe('a list', () => {
  const open = async (text: string) => {
    at.address = { ...at.address, url: `/products?text=${text}`, query: { text } };
    await show(ListPage);
  };
  const found = (name: string, nextToken: string | null = null) => ({
    searchProducts: { products: [product(name)], total: 71, facets: [], nextToken, suggestions: [] },
  });

  it('shows nothing of the search before, and continues none with the other one’s token', async () => {
    await open('pots');
    await last('earch').answer(found('a pot', 'token of pots'));
    expect(page.text).toContain('a pot');
    await open('pans');
    expect(page.texts('h1')).toEqual(['Results for “pans”']);
    for (const old of ['a pot', '71 products', 'Show more']) expect(page.text).not.toContain(old);
    await last('earch').fail();
    expect(page.text).toContain('could not be reached');
    expect(page.text).not.toContain('a pot');
  });

  it('forgets at the next search that more could not be read', async () => {
    await open('forks');
    await last('earch').answer(found('a fork', 'token'));
    await page.press('Show more');
    await last('earch').fail();
    expect(page.text).toContain('could not be reached');
    await open('knives');
    await last('earch').answer(found('a knife', 'token'));
    expect(page.text).not.toContain('could not be reached');
    await page.press('Show more');
    const late = last('earch');
    await open('spoons');
    await last('earch').answer(found('a spoon'));
    await late.fail();
    expect(page.text).not.toContain('could not be reached');
  });
});

it('“My orders” reads older orders again after a failure', async () => {
  const orders = (...ids: string[]) => ids.map((orderId) => order({ orderId, products: [product(orderId)] as never }));
  await show(OrdersPage);
  await last('rders').answer({ getOrders: { orders: orders('third', 'second'), nextToken: 'older' } });
  await page.press('Show older orders');
  await last('rders').fail();
  await page.press('Try again');
  expect(last('rders').variables).toEqual({ nextToken: 'older' });
  await last('rders').answer({ getOrders: { orders: orders('second', 'first'), nextToken: null } });
  expect(page.texts('strong')).toEqual(['third', 'second', 'first']);
  expect(page.text).not.toContain('could not be reached');
});

const opened = async (component: () => unknown, orderId: string) => {
  at.params = { orderId };
  at.address = { ...at.address, url: `/orders/${orderId}`, query: {} };
  await show(component);
};

it('an order is not replaced by a late answer about another one', async () => {
  const read = (orderId: string): { getOrder: Order } => ({ getOrder: order({ orderId, status: 'NEW' }) });
  await opened(OrderPage, 'A');
  const late = last('Order');
  await opened(OrderPage, 'B');
  await last('Order').answer(read('B'));
  expect(page.texts('code')).toEqual(['B']);
  await late.answer(read('A'));
  expect(page.texts('code')).toEqual(['B']);
});

describe('a return', () => {
  const ask = async () => {
    await opened(ReturnPage, 'A');
    await last('Returns').answer({ getReturns: [] });
    await asked.find(({ name }) => !name.includes('Returns'))!.answer({ getOrder: order({ orderId: 'A' }) });
    await page.choose('1');
    await page.submit();
    return asked.at(-1)!;
  };
  const made = { requestReturn: { status: 'REQUESTED' } };

  it('leads to its order', async () => {
    await (await ask()).answer(made);
    expect(routed).toEqual(['/orders/A#returns']);
  });

  it('does not take a shopper back who has left before the answer', async () => {
    const request = await ask();
    await page.show(null);
    await request.answer(made);
    expect(routed).toEqual([]);
  });
});
