/**
 * One purchase of a cart in all windows of this browser. Each version of a cart is ordered once: the window that pays
 * first notes it in localStorage, and another window that shows the same version does not order it again.
 */

import { Refused } from '../errors';

const KEY = 'shop.ordering';
/** A window that was closed while it paid keeps the others from paying for so long. Longer than one attempt takes. */
const PAYING_MS = 120_000;
/** What was ordered has left the cart by then, which is a new version. */
const ORDERED_MS = 3_600_000;

interface Claim {
  userId: string | undefined;
  cartVersion: number;
  clientToken: string;
  until: number;
  /** Its order is made. */
  isSpent?: boolean;
}

export class CartClaims {
  constructor(private readonly storage: Storage | undefined = globalThis.localStorage) {}

  /**
   * Raises Refused when another window orders, or has ordered, this version of the user's cart or a later one. A claim
   * lasts two minutes, so each attempt to order makes it again.
   */
  claim(userId: string | undefined, cartVersion: number, clientToken: string): void {
    const found = this.ofAnother(userId, cartVersion, clientToken);
    if (found && found.until > Date.now()) {
      throw new Refused(
        'CART_ORDERED',
        'this cart is being ordered in another window; please look under “My orders”, or try again in two minutes',
      );
    }
    this.write({ userId, cartVersion, clientToken, until: Date.now() + PAYING_MS });
  }

  /** The order of this request is made. */
  spend(clientToken: string): void {
    const found = this.read();
    if (found?.clientToken === clientToken) this.write({ ...found, until: Date.now() + ORDERED_MS, isSpent: true });
  }

  /** Whether another window has ordered this version of the user's cart or a later one, however long ago. */
  isSpentByAnother(userId: string | undefined, cartVersion: number, clientToken: string): boolean {
    return this.ofAnother(userId, cartVersion, clientToken)?.isSpent ?? false;
  }

  /** Nothing was ordered. */
  release(clientToken: string): void {
    if (this.read()?.clientToken === clientToken) this.storage?.removeItem(KEY);
  }

  private ofAnother(userId: string | undefined, cartVersion: number, clientToken: string): Claim | undefined {
    const found = this.read();
    if (!found || found.userId !== userId || found.clientToken === clientToken) return undefined;
    return found.cartVersion >= cartVersion ? found : undefined;
  }

  private read(): Claim | undefined {
    try {
      return (JSON.parse(this.storage?.getItem(KEY) ?? 'null') as Claim | null) ?? undefined;
    } catch {
      return undefined;
    }
  }

  private write(claim: Claim): void {
    this.storage?.setItem(KEY, JSON.stringify(claim));
  }
}
