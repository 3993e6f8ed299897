import { describe, expect, it } from 'vitest';
import { newer } from '../src/shop/availability';
import { distinct, later, returnable, stateOf, subtotalOf } from '../src/shop/order_words';
import { order, sentBack } from './samples';

describe('a live value', () => {
  it('is not replaced by an older order', () => {
    const known = order({ modifiedDate: '2026-01-02', status: 'PACKAGED' });
    expect(later(known, order({ modifiedDate: '2026-01-01' }))).toBe(known);
    expect(later(known, order({ modifiedDate: '2026-01-03' })).status).toBe('FULFILLED');
    expect(later(known, order({ orderId: 'other', modifiedDate: '2026-01-01' })).orderId).toBe('other');
  });

  it('is not replaced by an older level', () => {
    const known = { productId: 'pot', level: 'OUT', version: 3 };
    expect(newer(known, { ...known, level: 'IN', version: 2 })).toBe(known);
    expect(newer(known, { ...known, level: 'LOW', version: 4 }).level).toBe('LOW');
    expect(newer(undefined, known)).toBe(known);
  });
});

describe('what can be sent back', () => {
  it('is nothing before the delivery', () => {
    expect(returnable(order({ status: 'SHIPPED' }), []).size).toBe(0);
  });

  it('is what other returns do not hold', () => {
    expect(returnable(order(), []).get('pot')).toBe(3);
    expect(returnable(order(), [sentBack('REQUESTED', 2)]).get('pot')).toBe(1);
    expect(returnable(order(), [sentBack('REFUNDED', 2, 1)]).get('pot')).toBe(2);
    expect(returnable(order(), [sentBack('APPROVED', 3)]).size).toBe(0);
    for (const status of ['REFUSED', 'CANCELLED', 'EXPIRED']) {
      expect(returnable(order(), [sentBack(status, 3)]).get('pot')).toBe(3);
    }
  });
});

describe('an order', () => {
  it('says what comes next, unless it has ended', () => {
    expect(stateOf(order({ status: 'NEW' }))).toBe('Ordered. We pack it next.');
    expect(stateOf(order({ status: 'CANCELLED' }))).toBe('Cancelled');
  });

  it('is listed once', () => {
    const listed = distinct(['3', '2', '2', '1'].map((orderId) => order({ orderId })));
    expect(listed.map(({ orderId }) => orderId)).toEqual(['3', '2', '1']);
  });

  it('has a subtotal without the delivery', () => {
    expect(subtotalOf(order())).toBe(3000);
  });
});
