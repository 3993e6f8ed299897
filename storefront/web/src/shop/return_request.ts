/** The request of a return. It is kept until it has an answer, so that a repeat is the same return. */

import type { Api } from '../api/client';
import { type Return, type ReturnRequest, requestReturn } from '../api/documents';
import { Refused } from '../errors';
import { isOpen } from './order_words';

type Lines = ReturnRequest['lines'];

/**
 * Send the request whose answer was lost, if it has these lines; else, or if its return has ended since, a new one.
 * Raises Refused with the platform's reason, and what else `Api.ask` does: then the request is kept.
 */
export async function askForReturn(
  api: Pick<Api, 'ask'>,
  orderId: string,
  lines: Lines,
  storage: Storage = sessionStorage,
): Promise<void> {
  const key = `shop.return.${orderId}`;
  const send = async (input: ReturnRequest): Promise<Return> => {
    try {
      const answer = await api.ask(requestReturn, { input });
      storage.removeItem(key);
      return answer.requestReturn;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      storage.removeItem(key);
      throw new Refused('RETURN', error.message); // Its reason, such as the days since the delivery.
    }
  };
  const before = JSON.parse(storage.getItem(key) ?? 'null') as ReturnRequest | null;
  if (before && JSON.stringify(before.lines) === JSON.stringify(lines)) {
    if (isOpen(await send(before))) return;
  }
  const request = { orderId, lines, clientToken: crypto.randomUUID() };
  storage.setItem(key, JSON.stringify(request));
  await send(request);
}
