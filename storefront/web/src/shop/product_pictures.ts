/** The pictures of products that were ordered: an order knows the names and the prices, the catalogue the pictures. */

import { useEffect, useState } from 'preact/hooks';
import type { Api } from '../api/client';
import { type Product, getProduct } from '../api/documents';
import { useShop } from '../context';

export type Looks = Pick<Product, 'category' | 'pictures'>;

/** The looks of products by their ids. Each product is read once; one that could not be read is read again later. */
export class Gallery {
  private readonly known = new Map<string, Promise<Looks | null>>();

  constructor(private readonly api: Pick<Api, 'ask'>) {}

  of(productId: string): Promise<Looks | null> {
    const known = this.known.get(productId);
    if (known) return known;
    const read = this.api.ask(getProduct, { productId }).then(({ getProduct: found }) => found && looksOf(found));
    this.known.set(productId, read);
    read.catch(() => this.known.delete(productId));
    return read;
  }
}

function looksOf({ category, pictures }: Product): Looks {
  return { category, pictures };
}

const galleries = new WeakMap<Api, Gallery>();

/** What is known of the looks of these products; more while the page is shown. */
export function usePictures(products: { productId: string }[]): ReadonlyMap<string, Looks> {
  const { api } = useShop();
  const [looks, setLooks] = useState<ReadonlyMap<string, Looks>>(new Map());
  const ids = [...new Set(products.map(({ productId }) => productId))];
  useEffect(() => {
    let isShown = true;
    const gallery = galleries.get(api) ?? new Gallery(api);
    galleries.set(api, gallery);
    for (const productId of ids) {
      gallery.of(productId).then(
        (found) => found && isShown && setLooks((known) => new Map(known).set(productId, found)),
        () => undefined, // A drawn picture will do.
      );
    }
    return () => void (isShown = false);
  }, [api, ids.join()]);
  return looks;
}
