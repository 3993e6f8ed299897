import { createContext } from 'preact';
import { useContext, useEffect } from 'preact/hooks';
import { Api } from '../api/client';
import { type Order, getOrder } from '../api/documents';
import { ProductCache } from '../api/product_cache';
import { Session } from '../auth/session';
import type { Config } from '../config';
import { Refused } from '../errors';

/** What the staff pages share. Their session is apart from the shop's. */
export interface Desk {
  session: Session;
  api: Api;
  products: ProductCache;
}

let desk: Desk | undefined;

/** One for the window: it stays between the shop's pages and those of staff. */
export function deskOf(config: Config): Desk {
  if (!desk) {
    const session = new Session(config, 'staff');
    const api = new Api(config, session);
    desk = { session, api, products: new ProductCache(api) };
  }
  return desk;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  return useContext(DeskContext)!;
}

/** An order, or null: only administrators may read the orders of shoppers, and the pages of the others go on without. */
export async function orderOf(desk: Desk, orderId: string): Promise<Order | null> {
  if (!desk.session.person.value?.groups.includes('admin')) return null;
  return (await desk.api.ask(getOrder, { orderId }).catch(() => null))?.getOrder ?? null;
}

/**
 * Make a move whose repetition is refused. If the platform says ILLEGAL_MOVE, the answer of an earlier attempt was
 * lost, or another clerk was quicker: `isDone` reads the state and says whether the move is made.
 */
export async function move(act: () => Promise<unknown>, isDone: () => Promise<boolean>): Promise<'made' | 'was made'> {
  try {
    await act();
    return 'made';
  } catch (error) {
    if (error instanceof Refused && error.code === 'ILLEGAL_MOVE' && (await isDone())) return 'was made';
    throw error;
  }
}

/** Calls `read` every few seconds while the window is shown. */
export function useRegularly(read: () => Promise<unknown>, milliseconds: number): void {
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && void read(), milliseconds);
    return () => clearInterval(timer);
  }, [read, milliseconds]);
}
