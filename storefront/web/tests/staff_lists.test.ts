import { describe, expect, test, vi } from 'vitest';
import { searchProducts } from '../src/api/documents';
import { RETURN_STATUS as OF_SHOPPERS } from '../src/shop/order_words';
import { AtMost } from '../src/staff/at_most';
import { updateProduct } from '../src/staff/documents';
import { changeProduct, findProducts } from '../src/staff/products';
import { RETURN_STATUS, ageOf, causeOf, units } from '../src/staff/words';
import { product } from './samples';

/** A catalogue in which `tea` and `teapot` are found by any text. */
function catalogue(isSearchDown = false) {
  const all = [product('tea'), product('teapot')];
  const ask = vi.fn(async (document: unknown, variables: { productId: string }) => {
    if (document !== searchProducts) {
      return { getProduct: all.find((one) => one.productId === variables.productId) ?? null };
    }
    if (isSearchDown) throw new Error('the search is down');
    return { searchProducts: { products: all, nextToken: 'more' } };
  });
  return { ask, desk: { api: { ask } as never } };
}

const idsOf = ({ products }: { products: { productId: string }[] }) => products.map((one) => one.productId);

describe('products', () => {
  test('are changed only as they were read', async () => {
    const ask = vi.fn(async () => ({ updateProduct: { modifiedDate: 'later' } }));
    const size = { width: null, length: null, height: null, weight: null };
    const input = { productId: 'tea', name: 'Tea', price: 100, category: null, tags: [], package: size };
    expect(await changeProduct({ ask } as never, input, 'before')).toBe('later');
    expect(ask).toHaveBeenLastCalledWith(updateProduct, { product: { ...input, expectedModifiedDate: 'before' } });
    await changeProduct({ ask } as never, input, null); // a product without a date
    expect(ask).toHaveBeenLastCalledWith(updateProduct, { product: input });
  });

  test('are found by name', async () => {
    const found = await findProducts(catalogue().desk, 'tee', null);
    expect(idsOf(found)).toEqual(['tea', 'teapot']);
    expect(found.nextToken).toBe('more');
  });

  test('are found by id first, once', async () => {
    expect(idsOf(await findProducts(catalogue().desk, 'teapot', null))).toEqual(['teapot', 'tea']);
  });

  test('are not looked for by id on later pages', async () => {
    const { ask, desk } = catalogue();
    expect(idsOf(await findProducts(desk, 'teapot', 'more'))).toEqual(['tea', 'teapot']);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(ask.mock.calls[0]![1]).toEqual({ input: { text: 'teapot', nextToken: 'more' } });
  });

  test('are found by id while the search is down; by name that is a problem', async () => {
    const { desk } = catalogue(true);
    expect(await findProducts(desk, 'teapot', null)).toMatchObject({ nextToken: null });
    await expect(findProducts(desk, 'tee', null)).rejects.toThrow('the search is down');
  });
});

describe('the reads of a list', () => {
  test('run a few at a time; one that fails gives its place to the next', async () => {
    const limit = new AtMost(2);
    const ends: (() => void)[] = [];
    const task = () => new Promise<void>((resolve) => ends.push(resolve));
    const failing = limit.run(() => Promise.reject(new Error('failed')));
    const all = [limit.run(task), limit.run(task), limit.run(task)];
    await expect(failing).rejects.toThrow('failed');
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    await new Promise((resolve) => setTimeout(resolve));
    expect(ends).toHaveLength(2);
    ends[0]!();
    await vi.waitFor(() => expect(ends).toHaveLength(3));
    ends.forEach((end) => end());
    await Promise.all(all);
  });
});

describe('the words of staff', () => {
  test('cover every status of a return', () => {
    expect(Object.keys(RETURN_STATUS).sort()).toEqual(Object.keys(OF_SHOPPERS).sort());
  });

  test('say how old an order is', () => {
    const now = new Date('2026-03-10T12:00:00Z');
    expect(ageOf('2026-03-10T11:59:40Z', now)).toBe('just now');
    expect(ageOf('2026-03-10T12:00:40Z', now)).toBe('just now');
    expect(ageOf('2026-03-10T11:59:00Z', now)).toBe('1 minute ago');
    expect(ageOf('2026-03-10T09:01:00Z', now)).toBe('2 hours ago');
    expect(ageOf('2026-03-08T11:00:00Z', now)).toBe('2 days ago');
    expect(ageOf('', now)).toBe('');
  });

  test('have no names of commands or events', () => {
    expect(causeOf({ cause: 'createOrder' })).toBe('');
    expect(causeOf({ cause: 'cancelOrder' })).toBe('by the shopper or by staff');
    expect([units(1), units(2)]).toEqual(['1 unit', '2 units']);
  });
});
