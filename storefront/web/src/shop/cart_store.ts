/**
 * The cart of this browser: an anonymous one, whose id is in localStorage, or the signed-in shopper's. Windows of one
 * browser change it one after the other, and tell each other.
 */

import type { Api } from '../api/client';
import { type Cart, getCart, mergeCart, updateCart } from '../api/documents';
import { type Session, stays } from '../auth/session';
import { Refused, SignedOut, TimedOut, Unreachable } from '../errors';
import { ofBrowser } from '../storage';
import { Store } from '../store';
import { type Change, isDone, mergeNotice, wanted } from './cart_rules';

const KEY = 'shop.cartId';
const MOST_CONFLICTS = 8;
const MOST_LOST = 3;

/** A request without an answer: it may have set this quantity in the cart of this version. */
interface Unanswered {
  cartId: string | undefined;
  version: number | undefined;
  quantity: number;
}

export class CartStore {
  /** undefined: not read yet; null: there is none. */
  readonly cart = new Store<Cart | null | undefined>(undefined);
  readonly notice = new Store('');
  private readonly channel = new BroadcastChannel('cart');
  /** By product. A change that the shopper makes again after "please try again" is compared with it. */
  private readonly unanswered = new Map<string, Unanswered>();

  constructor(
    private readonly api: Api,
    private readonly session: Session,
  ) {
    this.channel.onmessage = () => void this.refresh().catch(() => undefined);
    session.person.subscribe(() => void this.follow().catch(() => undefined));
  }

  private get id(): string | null {
    return ofBrowser.getItem(KEY);
  }

  /** Read the cart, and merge the anonymous one after the sign-in. Raises as `Api.ask` does. */
  async load(): Promise<Cart | null> {
    const mustMerge = this.id && (await this.session.token());
    return mustMerge ? this.alone(() => this.current()) : this.current();
  }

  /**
   * Another window made a change. If that is to an anonymous cart and a shopper is signed in here, the cart stays with
   * the other window: it is merged after a sign-in, and at a change here.
   */
  private async refresh(): Promise<void> {
    if (this.id && (await this.session.token())) this.show(await this.read());
    else await this.current();
  }

  private async current(): Promise<Cart | null> {
    const isSignedIn = !!(await this.session.token());
    if (isSignedIn && this.id) return this.merge(this.id);
    const found = isSignedIn || this.id ? await this.read() : null;
    this.show(found);
    return found;
  }

  /**
   * Make a change, once. Raises as `Api.ask` does; then the cart is as it was, or the change is made. The same change
   * again, of the cart that is still shown, adds nothing if the first one is made.
   */
  async change(change: Change): Promise<void> {
    await this.alone(async () => {
      // After a merge without an answer, the cart that is known is the anonymous one.
      const mustMerge = this.id !== null && !!(await this.session.token());
      let cart = mustMerge || this.cart.value === undefined ? await this.current() : this.cart.value;
      let quantity = wanted(cart, change);
      let lost = 0;
      for (let conflicts = 0; ;) {
        try {
          cart = await this.send(cart, change.productId, quantity);
          break;
        } catch (error) {
          const isConflict = error instanceof Refused && error.code === 'CONFLICT';
          const isGone = error instanceof Refused && error.code === 'NOT_FOUND' && this.id !== null;
          if (error instanceof Unreachable) this.unanswered.set(change.productId, sentTo(cart, quantity));
          if (error instanceof TimedOut) throw error; // Other windows wait for this one.
          if (error instanceof Unreachable && ++lost < MOST_LOST) {
            await new Promise((resolve) => setTimeout(resolve, 500 * lost));
            continue;
          }
          if (isGone) ofBrowser.removeItem(KEY);
          else if (!isConflict || ++conflicts > MOST_CONFLICTS) throw error;
          const wasLost = this.isUnanswered(change.productId, sentTo(cart, quantity));
          cart = await this.read();
          if (isDone(cart, change, quantity, wasLost)) break;
          this.unanswered.delete(change.productId);
          quantity = wanted(cart, change);
          lost = 0;
        }
      }
      this.unanswered.delete(change.productId);
      this.show(cart);
      this.channel.postMessage('changed');
    });
  }

  private isUnanswered(productId: string, sent: Unanswered): boolean {
    const before = this.unanswered.get(productId);
    return before?.cartId === sent.cartId && before?.version === sent.version && before?.quantity === sent.quantity;
  }

  private async read(): Promise<Cart | null> {
    return this.ofNow(async () => (await this.api.ask(getCart, { cartId: this.id })).getCart);
  }

  private async send(cart: Cart | null, productId: string, quantity: number): Promise<Cart> {
    const cartId = this.id;
    const isSignedIn = !!(await this.session.token());
    const expectedVersion = cart && (isSignedIn || cartId) ? cart.version : null;
    const input = { cartId, productId, quantity, expectedVersion };
    const changed = await this.ofNow(
      async () => (await this.api.ask(updateCart, { input }, { repeat: false })).updateCart,
    );
    if (!isSignedIn) ofBrowser.setItem(KEY, changed.cartId);
    return changed;
  }

  /** Take the anonymous cart into the shopper's. The id is kept until the platform has answered. */
  private async merge(cartId: string): Promise<Cart> {
    const before = this.cart.value ?? null;
    const own = await this.ofNow(async () => (await this.api.ask(getCart, { cartId: null })).getCart);
    const merged = await this.ofNow(async () => (await this.api.ask(mergeCart, { cartId })).mergeCart);
    ofBrowser.removeItem(KEY);
    this.notice.set(mergeNotice(before?.cartId === cartId ? before : null, own, merged));
    this.show(merged);
    this.channel.postMessage('changed');
    return merged;
  }

  /** The cart of the one who is signed in. An answer that comes after a sign-in or a sign-out is another one's. */
  private async ofNow<Value>(ask: () => Promise<Value>): Promise<Value> {
    const isSame = stays(this.session);
    const found = await ask();
    if (!isSame()) throw new SignedOut();
    return found;
  }

  private async follow(): Promise<void> {
    if (this.session.person.value === null && !this.id) this.show(null);
    else await this.load();
  }

  /** Answers may overtake each other: a lower version of the same cart is dropped. */
  private show(cart: Cart | null): void {
    const shown = this.cart.value;
    if (shown && cart && shown.cartId === cart.cartId && shown.version > cart.version) return;
    this.cart.set(cart);
  }

  /** One change at a time in all windows of this browser: two first changes would make two carts. */
  private alone<Value>(act: () => Promise<Value>): Promise<Value> {
    return navigator.locks ? (navigator.locks.request('cart', act) as Promise<Value>) : act();
  }
}

function sentTo(cart: Cart | null, quantity: number): Unanswered {
  return { cartId: cart?.cartId, version: cart?.version, quantity };
}
