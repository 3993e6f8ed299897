/**
 * One purchase of a cart in all windows of this browser. Each version of a cart is ordered once: the window that pays
 * first writes a claim to localStorage. A window that shows the same or an earlier version does not order meanwhile,
 * nor after the order. There is one claim: that of a later purchase replaces it.
 */

import { Refused } from '../errors';
import { type Storing, ofBrowser } from '../storage';

const KEY = 'shop.ordering';
/** How long a claim blocks other windows unless it is renewed. It must exceed one attempt. */
const PAYING_MS = 120_000;
/** What was ordered has left the cart by then, which is a new version. */
const ORDERED_MS = 3_600_000;
const CODE = 'CART_ORDERED';
export const ORDERED_ELSEWHERE = {
  code: CODE,
  message: 'this cart was ordered in another window; please look under “My orders”',
};
const BEING_ORDERED = {
  code: CODE,
  message: 'this cart is being ordered in another window; please look under “My orders”, or try again in two minutes',
};

interface Claim {
  userId: string | undefined;
  cartVersion: number;
  clientToken: string;
  until: number;
  /** Its order is made. */
  isOrdered?: boolean;
}

export class CartClaims {
  constructor(private readonly storage: Storing = ofBrowser) {}

  /**
   * Raises Refused while another window orders this version of the user's cart or a later one, and for an hour after it
   * has. A claim lasts two minutes, so each attempt to order makes it again.
   */
  claim(userId: string | undefined, cartVersion: number, clientToken: string): void {
    const found = this.ofAnother(userId, cartVersion, clientToken);
    if (found && found.until > Date.now()) {
      const { code, message } = found.isOrdered ? ORDERED_ELSEWHERE : BEING_ORDERED;
      throw new Refused(code, message);
    }
    this.write({ userId, cartVersion, clientToken, until: Date.now() + PAYING_MS });
  }

  /** The order of this request is made. */
  markOrdered(clientToken: string): void {
    const found = this.read();
    if (found?.clientToken === clientToken) this.write({ ...found, until: Date.now() + ORDERED_MS, isOrdered: true });
  }

  /**
   * Whether another window has ordered this version of the user's cart or a later one, also when that order does not
   * block any more. False when a later claim has replaced that of the order.
   */
  isOrderedByAnother(userId: string | undefined, cartVersion: number, clientToken: string): boolean {
    return this.ofAnother(userId, cartVersion, clientToken)?.isOrdered ?? false;
  }

  /** Nothing was ordered. */
  release(clientToken: string): void {
    if (this.read()?.clientToken === clientToken) this.storage.removeItem(KEY);
  }

  private ofAnother(userId: string | undefined, cartVersion: number, clientToken: string): Claim | undefined {
    const found = this.read();
    if (!found || found.userId !== userId || found.clientToken === clientToken) return undefined;
    return found.cartVersion >= cartVersion ? found : undefined;
  }

  private read(): Claim | undefined {
    try {
      return (JSON.parse(this.storage.getItem(KEY) ?? 'null') as Claim | null) ?? undefined;
    } catch {
      return undefined;
    }
  }

  private write(claim: Claim): void {
    this.storage.setItem(KEY, JSON.stringify(claim));
  }
}
