/** The checkout of this tab: its state in sessionStorage, and the requests that move it. */

import type { Api } from '../api/client';
import { type Cart, type Order, getDeliveryPricing } from '../api/documents';
import { type Session, stays } from '../auth/session';
import type { Config } from '../config';
import { Refused, SignedOut, Unreachable } from '../errors';
import { type Storing, ofTab } from '../storage';
import { Store } from '../store';
import { type Draft, addressOf } from './address';
import { CartClaims, ORDERED_ELSEWHERE } from './cart_claims';
import {
  type Checkout,
  type CheckoutRequest,
  type Outcome,
  type Problem,
  after,
  holdKey,
  isPaid,
  kept,
  outcomeOf,
  ownedBy,
  quoteOf,
  requestOf,
} from './checkout_state';

const KEY = 'shop.checkout';
const DELAYS = [0, 700, 1500, 3000, 6000];
const LONGEST_MS = 35_000; // API Gateway answers within 29 s.

export class CheckoutStore {
  readonly state: Store<Checkout>;
  private sending: { clientToken: string; outcome: Promise<Outcome> } | undefined;

  constructor(
    private readonly api: Api,
    private readonly session: Session,
    private readonly config: Config,
    private readonly storage: Storing = ofTab,
    private readonly claims = new CartClaims(),
  ) {
    this.state = new Store(read(storage));
    const follow = () => {
      const person = session.person.value;
      if (person !== undefined) this.save(ownedBy(this.state.value, person?.userId ?? null));
    };
    session.person.subscribe(follow);
    follow();
  }

  keep(draft: Draft): void {
    this.save({ ...this.state.value, draft });
  }

  /** Before a sign-out that the shopper asked for. */
  forget(): void {
    this.release();
    this.save({});
  }

  /** Price the delivery of this cart. Raises as `Api.ask` does. */
  async quote(draft: Draft, cart: Cart | null): Promise<void> {
    if (!cart) throw new Refused('EMPTY_CART', 'your cart is empty');
    const address = addressOf(draft);
    const products = cart.lines.map(({ productId, name, price, quantity, package: size }) => ({
      productId,
      name,
      price,
      quantity,
      package: size ?? {},
    }));
    const owner = this.session.person.value;
    const isSame = stays(this.session);
    const { pricing } = (await this.api.ask(getDeliveryPricing, { input: { products, address } })).getDeliveryPricing;
    // A visitor may have signed in meanwhile. The address of a shopper who has signed out is not for the next one.
    if (owner && !isSame()) throw new SignedOut();
    this.save({ ...this.state.value, draft, address, quote: quoteOf(cart, pricing) });
  }

  /** Back to the address; money that is held stays usable, also when the provider's answer was lost. */
  reopen(): void {
    this.release();
    this.save(kept(this.state.value, 'userId', 'draft', 'hold', 'clientToken'));
  }

  /**
   * The provider holds the total on the card, unless it does already; then the request of the order is stored, which
   * `finish` sends. Raises Refused, Unreachable, or SignedOut.
   */
  async pay(card: string): Promise<void> {
    if (this.state.value.request) return;
    const clientToken = this.state.value.clientToken ?? crypto.randomUUID();
    this.claims.claim(this.state.value.userId, this.state.value.quote!.cartVersion, clientToken);
    this.save({ ...this.state.value, clientToken });
    if (!isPaid(this.state.value)) await this.hold(card, clientToken);
    this.save({ ...this.state.value, request: requestOf(this.state.value, clientToken) });
  }

  /**
   * Send the stored request until its outcome is known: the order, or why it was refused. Raises Unreachable while it
   * stays unknown, Refused while another window orders this cart, and SignedOut; the request stays stored, and `finish`
   * may be called again.
   */
  async finish(): Promise<Order | Problem[]> {
    const { request, userId } = this.state.value;
    if (!request) throw new SignedOut();
    const { clientToken } = request;
    if (this.sending?.clientToken !== clientToken) this.sending = { clientToken, outcome: this.send(request, userId) };
    const sending = this.sending;
    const outcome = await sending.outcome.finally(() => {
      if (this.sending === sending) this.sending = undefined;
    });
    if (outcome.kind === 'made') this.claims.markOrdered(clientToken);
    if (outcome.kind === 'refused') this.claims.release(clientToken);
    if (this.state.value.userId !== userId) throw new SignedOut(); // Signed out meanwhile: it is another checkout now.
    if (this.state.value.request?.clientToken === clientToken) this.save(after(this.state.value, outcome));
    if (outcome.kind === 'made') return outcome.order;
    if (outcome.kind === 'refused') return outcome.problems;
    if (outcome.kind === 'signedOut') throw new SignedOut();
    throw new Unreachable('the outcome of the checkout is not known');
  }

  private async send(request: CheckoutRequest, userId: string | undefined): Promise<Outcome> {
    const body = JSON.stringify(request);
    const { cartVersion, clientToken } = request;
    let outcome: Outcome = { kind: 'unknown' };
    let refused = '';
    for (const delay of DELAYS) {
      if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
      const token = await (refused ? this.session.tokenAfter(refused) : this.session.token()).catch(() => '');
      if (token === undefined) return { kind: 'signedOut' };
      if (!token) continue;
      if (this.session.person.value?.userId !== userId) return { kind: 'signedOut' }; // Another shopper is signed in.
      // This window may have slept, or waited for so long that another one could claim the cart.
      const isOrdered = this.claims.isOrderedByAnother(userId, cartVersion, clientToken);
      if (isOrdered) return { kind: 'refused', problems: [ORDERED_ELSEWHERE] };
      this.claims.claim(userId, cartVersion, clientToken);
      outcome = await this.post(body, token);
      if (outcome.kind === 'signedOut' && !refused) {
        refused = token; // Once more with a new token, before the session ends.
        outcome = { kind: 'unknown' };
      }
      if (outcome.kind !== 'unknown') break;
    }
    if (outcome.kind === 'signedOut' && this.session.person.value?.userId === userId) this.session.end();
    return outcome;
  }

  private async post(body: string, token: string): Promise<Outcome> {
    try {
      const response = await fetch(`${this.config.cartUrl}/checkout`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: token },
        body,
        signal: AbortSignal.timeout(LONGEST_MS),
      });
      return outcomeOf(response.status, await response.json());
    } catch {
      return { kind: 'unknown' };
    }
  }

  /**
   * The card number goes to the provider, is stored nowhere, and is in no error. The provider makes one hold for one
   * key, so a repeat after a lost answer, or after a reload, holds nothing more.
   */
  private async hold(cardNumber: string, clientToken: string): Promise<void> {
    const { total: amount, currency } = this.state.value.quote!;
    const isSame = stays(this.session);
    const key = await holdKey(clientToken, amount, currency, cardNumber);
    let response: Response;
    let answer: { paymentToken?: string; message?: string };
    try {
      response = await fetch(`${this.config.paymentUrl}/preauth`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify({ cardNumber, amount }),
        signal: AbortSignal.timeout(LONGEST_MS),
      });
      answer = (await response.json()) as typeof answer;
    } catch (error) {
      throw new Unreachable(String(error));
    }
    if (response.status >= 500 || response.status === 429) throw new Unreachable(`the provider: ${response.status}`);
    if (!answer.paymentToken) throw new Refused('CARD', answer.message ?? 'the card was refused');
    if (!isSame()) throw new SignedOut(); // The provider lets the hold end. It must not pay for another shopper's order.
    this.save({ ...this.state.value, hold: { token: answer.paymentToken, amount } });
  }

  private release(): void {
    const { clientToken } = this.state.value;
    if (clientToken) this.claims.release(clientToken);
  }

  private save(checkout: Checkout): void {
    this.storage.setItem(KEY, JSON.stringify(checkout));
    this.state.set(checkout);
  }
}

function read(storage: Storing): Checkout {
  try {
    return JSON.parse(storage.getItem(KEY) ?? '{}') as Checkout;
  } catch {
    return {};
  }
}
