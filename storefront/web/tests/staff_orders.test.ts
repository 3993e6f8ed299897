import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Kept } from '../src/staff/kept';
import { isShort, orderedUnits } from '../src/staff/ordered_units';
import { noteOutcome, outcomeOf } from '../src/staff/outcome';
import { linksOf, pagesOf, shortNumber } from '../src/staff/pages';
import { UnitChanges } from '../src/staff/unit_changes';
import { order, product } from './samples';

function storage() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}

beforeEach(() => vi.stubGlobal('localStorage', storage()));

const request = (status: string, quantity: number, orderId = 'order') => ({
  orderId,
  status,
  products: [{ productId: 'pot', quantity }],
});
const mayNotRead = async () => null;
const ordersOf = (quantity: number, status = 'NEW') =>
  vi.fn(async () => order({ status, products: [{ ...product('pot'), quantity, modifiedDate: null }] }));

describe('the ordered units', () => {
  test('are those of the request before it is started, and are known after units were taken out', async () => {
    expect(await orderedUnits(request('NEW', 2), mayNotRead)).toEqual({ pot: 2 });
    expect(await orderedUnits(request('IN_PROGRESS', 1), mayNotRead)).toEqual({ pot: 2 });
  });

  test('are read from the order if another device started, once', async () => {
    const readOrder = ordersOf(2);
    expect(await orderedUnits(request('IN_PROGRESS', 1), readOrder)).toEqual({ pot: 2 });
    expect(await orderedUnits(request('IN_PROGRESS', 0), readOrder)).toEqual({ pot: 2 });
    expect(readOrder).toHaveBeenCalledTimes(1);
  });

  test('are unknown, not guessed, if the clerk may not read the order or it has the lines of its package', async () => {
    expect(await orderedUnits(request('IN_PROGRESS', 1), mayNotRead)).toBeNull();
    expect(await orderedUnits(request('IN_PROGRESS', 1), ordersOf(1, 'PACKAGED'))).toBeNull();
  });

  test('are forgotten at the end', async () => {
    await orderedUnits(request('NEW', 2), mayNotRead);
    await orderedUnits(request('COMPLETED', 1), mayNotRead);
    expect(await orderedUnits(request('IN_PROGRESS', 1), mayNotRead)).toBeNull();
  });

  test('say whether a package is short', () => {
    expect(isShort(request('IN_PROGRESS', 1).products, { pot: 2 })).toBe(true);
    expect(isShort(request('IN_PROGRESS', 2).products, { pot: 2 })).toBe(false);
    expect(isShort(request('IN_PROGRESS', 1).products, null)).toBe(false);
  });
});

describe('what a device keeps per order', () => {
  test('is limited to the newest orders, and survives what is not its own', () => {
    const kept = new Kept<number>('key');
    localStorage.setItem('key', '{"not": "a list"}');
    for (let number = 0; number < 205; number += 1) kept.set(`order-${number}`, number);
    expect(kept.get('order-204')).toBe(204);
    expect(kept.get('order-5')).toBe(5);
    expect(kept.get('order-4')).toBeUndefined();
  });
});

describe('the end of a delivery', () => {
  test('is that of the order, or what this device noted', () => {
    expect(outcomeOf('order', undefined)).toBeUndefined();
    noteOutcome('order', 'UNKNOWN');
    expect(outcomeOf('order', 'SHIPPED')).toBe('UNKNOWN');
    expect(outcomeOf('order', 'DELIVERY_FAILED')).toBe('DELIVERY_FAILED');
    expect(outcomeOf('another', 'SHIPPED')).toBeUndefined();
  });
});

describe('the changes of a package', () => {
  function setUp(refuse = false) {
    const sent: [string, number][] = [];
    const answers: (() => void)[] = [];
    const send = async (productId: string, quantity: number) => {
      sent.push([productId, quantity]);
      await new Promise<void>((resolve) => answers.push(resolve));
      if (refuse) throw new Error('refused');
    };
    const failed = vi.fn();
    const changes = new UnitChanges(send, () => undefined, failed);
    return { sent, failed, changes, answer: () => answers.shift()!() };
  }

  test('are shown at once and sent one after the other; of several for a product the last is sent', async () => {
    const { sent, changes, answer } = setUp();
    changes.set('pot', 3);
    changes.set('pot', 2);
    changes.set('pot', 1);
    changes.set('pan', 0);
    expect(changes.of('pot', 4)).toBe(1);
    expect(sent).toEqual([['pot', 3]]);
    answer();
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    answer();
    await vi.waitFor(() => expect(sent).toHaveLength(3));
    answer();
    expect(await changes.settled()).toBe(true);
    expect(sent).toEqual([
      ['pot', 3],
      ['pot', 1],
      ['pan', 0],
    ]);
    expect(changes.of('pot', 4)).toBe(4);
  });

  test('end with a refusal: what was wanted after it is not sent', async () => {
    const { sent, failed, changes, answer } = setUp(true);
    changes.set('pot', 3);
    changes.set('pan', 0);
    const settled = changes.settled();
    answer();
    expect(await settled).toBe(false);
    expect(failed).toHaveBeenCalledTimes(1);
    expect(sent).toEqual([['pot', 3]]);
    expect(changes.of('pan', 2)).toBe(2);
  });
});

describe('the pages of staff', () => {
  const person = (...groups: string[]) => ({ userId: 'user', email: 'a@example.com', groups });

  test('are those of the groups', () => {
    expect(pagesOf(person('delivery')).map(([, name]) => name)).toEqual(['Deliveries']);
    expect(pagesOf(null)).toEqual([]);
  });

  test('link the pages about one order that the person may use', () => {
    expect(linksOf('a b', person('warehouse'), 'packing')).toEqual([]);
    expect(linksOf('a b', person('warehouse', 'delivery'), 'packing')).toEqual([
      ['Its delivery', '/staff/deliveries/a%20b'],
    ]);
    expect(linksOf('1', person('admin'), 'deliveries').map(([name]) => name)).toEqual(['The order', 'Its packing']);
    expect(shortNumber('0123456789')).toBe('01234567');
  });
});
