import { describe, expect, it } from 'vitest';
import { Refused } from '../src/errors';
import { CartQueue, joined } from '../src/shop/cart_queue';
import type { Change } from '../src/shop/cart_rules';

const ticks = () => new Promise((resolve) => setTimeout(resolve));

function open() {
  const sent: Change[] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const queue = new CartQueue((change) => {
    sent.push(change);
    return new Promise((resolve, reject) => answers.push({ resolve, reject }));
  });
  return { queue, sent, answers };
}

describe('changes of a cart', () => {
  it('are joined while one is sent, and none is lost', async () => {
    const { queue, sent, answers } = open();
    for (let click = 0; click < 4; click += 1) queue.add({ productId: 'pot', by: 1 }, 1);
    expect(queue.quantities.value.get('pot')).toBe(5);
    answers[0]!.resolve();
    await ticks();
    expect(sent).toEqual([
      { productId: 'pot', by: 1 },
      { productId: 'pot', by: 3 },
    ]);
    expect(queue.quantities.value.get('pot')).toBe(5);
    answers[1]!.resolve();
    await ticks();
    expect(queue.quantities.value.size).toBe(0);
  });

  it('of two products are sent one after the other', async () => {
    const { queue, sent, answers } = open();
    queue.add({ productId: 'pot', by: 1 }, 1);
    queue.add({ productId: 'pan', to: 0 }, 2);
    expect(sent).toHaveLength(1);
    answers[0]!.resolve();
    await ticks();
    expect(sent[1]).toEqual({ productId: 'pan', to: 0 });
    expect(queue.quantities.value.get('pan')).toBe(0);
  });

  it('that wait are dropped after a refusal', async () => {
    const { queue, sent, answers } = open();
    queue.add({ productId: 'pot', by: 1 }, 1);
    queue.add({ productId: 'pan', by: 1 }, 1);
    answers[0]!.reject(new Refused('UNKNOWN_PRODUCT', ''));
    await ticks();
    expect(sent).toHaveLength(1);
    expect(queue.quantities.value.size).toBe(0);
    expect(queue.problem.value).toBe('This product is no longer sold.');
    queue.add({ productId: 'pan', by: 1 }, 1);
    expect(sent).toHaveLength(2);
    expect(queue.problem.value).toBe('');
  });

  it('are joined by their meaning', () => {
    expect(joined({ productId: 'pot', by: 2 }, { productId: 'pot', by: -1 })).toEqual({ productId: 'pot', by: 1 });
    expect(joined({ productId: 'pot', by: 2 }, { productId: 'pot', to: 0 })).toEqual({ productId: 'pot', to: 0 });
    expect(joined({ productId: 'pot', to: 0 }, { productId: 'pot', by: 1 })).toEqual({ productId: 'pot', to: 1 });
  });
});
