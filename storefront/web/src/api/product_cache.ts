/**
 * Products that many places of a page show. Each is read once; one that could not be read, or is not there, is
 * read again later.
 */

import type { Api } from './client';
import { type Product, getProduct } from './documents';

export class ProductCache {
  private readonly known = new Map<string, Promise<Product | null>>();

  constructor(private readonly api: Pick<Api, 'ask'>) {}

  of(productId: string): Promise<Product | null> {
    const known = this.known.get(productId);
    if (known) return known;
    const read = this.api.ask(getProduct, { productId }).then((answer) => answer.getProduct);
    this.known.set(productId, read);
    const forget = () => this.forget(productId);
    read.then((product) => product ?? forget(), forget);
    return read;
  }

  /** After the product was changed. */
  forget(productId: string): void {
    this.known.delete(productId);
  }
}
