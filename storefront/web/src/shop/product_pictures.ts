/** The pictures of products that were ordered: an order knows the names and the prices, the catalogue the pictures. */

import { useEffect, useState } from 'preact/hooks';
import type { Product } from '../api/documents';
import { useShop } from '../context';

export type Looks = Pick<Product, 'category' | 'pictures'>;

/** What is known of the looks of these products; more while the page is shown. */
export function usePictures(lines: { productId: string }[]): ReadonlyMap<string, Looks> {
  const { products } = useShop();
  const [looks, setLooks] = useState<ReadonlyMap<string, Looks>>(new Map());
  const ids = [...new Set(lines.map(({ productId }) => productId))];
  useEffect(() => {
    let isShown = true;
    for (const productId of ids) {
      products.of(productId).then(
        (found) => isShown && found && setLooks((known) => new Map(known).set(productId, found)),
        () => undefined, // A drawn picture will do.
      );
    }
    return () => void (isShown = false);
  }, [products, ids.join()]);
  return looks;
}
