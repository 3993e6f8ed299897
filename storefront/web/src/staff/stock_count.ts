import type { Api } from '../api/client';
import { Refused, Unreachable } from '../errors';
import { type Stock, getStock, setStock } from './documents';

export interface Counted {
  stock: Stock | null;
  /** Without an answer, `stock` is what was read afterwards. */
  isAnswered: boolean;
}

/**
 * Set the units on hand. It is sent once: a repeat could undo what packing has taken from the stock since the first
 * attempt. If the answer is lost, the stock is read.
 */
export async function setOnHand(api: Pick<Api, 'ask'>, productId: string, onHand: number): Promise<Counted> {
  try {
    const { setStock: stock } = await api.ask(setStock, { productId, onHand }, { repeat: false });
    return { stock, isAnswered: true };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
  }
  try {
    return { stock: (await api.ask(getStock, { productId })).getStock, isAnswered: false };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    throw new Refused('NO_ANSWER', 'there was no answer; wait until this page shows the stock before you set it');
  }
}
