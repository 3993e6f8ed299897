/** The request of a return. It is kept until it has an answer, so that a repeat is the same return. */

import type { Api } from '../api/client';
import { type Return, type ReturnRequest, requestReturn } from '../api/documents';
import { Refused } from '../errors';
import { type Storing, ofTab } from '../storage';
import { isOpen } from './order_words';

type Lines = ReturnRequest['lines'];

/**
 * Send the request whose answer was lost, if it has these lines; else, or if its return is no longer REQUESTED or
 * APPROVED, a new one. Raises Refused with the platform's reason; the request is dropped. Raises Unreachable or
 * SignedOut; the request is kept.
 */
export async function askForReturn(
  api: Pick<Api, 'ask'>,
  orderId: string,
  lines: Lines,
  storage: Storing = ofTab,
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
      // `inWords` has fixed words for ILLEGAL_MOVE and none for this code: the shopper reads the platform's reason.
      throw new Refused('RETURN', error.message);
    }
  };
  const unanswered = read(storage, key);
  if (unanswered && isSame(unanswered.lines, lines)) {
    if (isOpen(await send(unanswered))) return;
  }
  const request = { orderId, lines, clientToken: crypto.randomUUID() };
  storage.setItem(key, JSON.stringify(request));
  await send(request);
}

/** Whether the lines are the same, whichever the shopper chose first. */
function isSame(some: Lines, others: Lines): boolean {
  const [one, other] = [some, others].map((lines) =>
    JSON.stringify([...lines].sort((line, next) => line.productId.localeCompare(next.productId))),
  );
  return one === other;
}

function read(storage: Storing, key: string): ReturnRequest | undefined {
  try {
    return (JSON.parse(storage.getItem(key) ?? 'null') as ReturnRequest | null) ?? undefined;
  } catch {
    return undefined;
  }
}
