import { beforeEach, describe, expect, it } from 'vitest';
import type { Api } from '../src/api/client';
import type { ReturnRequest } from '../src/api/documents';
import { Refused, Unreachable } from '../src/errors';
import { askForReturn } from '../src/shop/return_request';
import { Memory, sentBack } from './samples';

const POT = [{ productId: 'pot', quantity: 1, reason: null }];
const PAN = [{ productId: 'pan', quantity: 1, reason: null }];

describe('a request of a return', () => {
  let storage: Storage;
  let sent: ReturnRequest[];
  /** The status of each answer, or why there is none. */
  let answers: (string | Error)[];
  const api = {
    ask: async (_: unknown, { input }: { input: ReturnRequest }) => {
      sent.push(input);
      const next = answers.shift() ?? 'REQUESTED';
      if (next instanceof Error) throw next;
      return { requestReturn: sentBack(next, 1) };
    },
  } as unknown as Api;
  const ask = (lines = POT) => askForReturn(api, 'order', lines, storage);
  const tokens = () => new Set(sent.map(({ clientToken }) => clientToken)).size;

  beforeEach(() => {
    storage = new Memory() as unknown as Storage;
    sent = [];
    answers = [];
  });

  /** The return may be made. */
  async function withoutAnswer(): Promise<void> {
    answers = [new Unreachable()];
    await expect(ask()).rejects.toBeInstanceOf(Unreachable);
  }

  it('is another return after an answer', async () => {
    await ask();
    await ask();
    expect(tokens()).toBe(2);
  });

  it.each(['REQUESTED', 'APPROVED'])('is the same return after a lost answer: it is %s', async (status) => {
    await withoutAnswer();
    answers = [status];
    await ask();
    expect(sent).toHaveLength(2);
    expect(tokens()).toBe(1);
    await ask();
    expect(tokens()).toBe(2);
  });

  it('is the same return when its products were chosen in another sequence', async () => {
    answers = [new Unreachable()];
    await expect(ask([...POT, ...PAN])).rejects.toBeInstanceOf(Unreachable);
    await ask([...PAN, ...POT]);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
  });

  it('is a new return when what was kept cannot be read', async () => {
    storage.setItem('shop.return.order', '{');
    await ask();
    expect(sent.map(({ lines }) => lines)).toEqual([POT]);
  });

  it('is another return when it has other lines', async () => {
    await withoutAnswer();
    await ask(PAN);
    expect(tokens()).toBe(2);
  });

  it('is another return after a refusal, whose reason it gives', async () => {
    answers = [new Refused('ILLEGAL_MOVE', 'the order is not delivered')];
    await expect(ask()).rejects.toMatchObject({ code: 'RETURN', message: 'the order is not delivered' });
    await ask();
    expect(tokens()).toBe(2);
  });

  describe('whose return has ended since its answer was lost', () => {
    it.each(['CANCELLED', 'REFUSED', 'EXPIRED', 'REFUNDED'])('is another return: %s', async (status) => {
      await withoutAnswer();
      answers = [status, 'REQUESTED'];
      await ask();
      expect(sent.map(({ lines }) => lines)).toEqual([POT, POT, POT]);
      expect(sent[1]!.clientToken).toBe(sent[0]!.clientToken);
      expect(sent[2]!.clientToken).not.toBe(sent[0]!.clientToken);
    });

    it('is the other one again when that has no answer either', async () => {
      await withoutAnswer();
      answers = ['CANCELLED', new Unreachable()];
      await expect(ask()).rejects.toBeInstanceOf(Unreachable);
      await ask();
      expect(sent).toHaveLength(4);
      expect(sent[3]).toEqual(sent[2]);
      expect(tokens()).toBe(2);
    });

    it('gives the reason when the other one is refused', async () => {
      await withoutAnswer();
      answers = ['CANCELLED', new Refused('ILLEGAL_MOVE', 'too late')];
      await expect(ask()).rejects.toMatchObject({ code: 'RETURN', message: 'too late' });
    });
  });

  it('that is new is sent once, whatever becomes of it', async () => {
    answers = ['REFUSED'];
    await ask();
    expect(sent).toHaveLength(1);
  });
});
