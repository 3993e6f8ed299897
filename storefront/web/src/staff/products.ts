/** Products by name or id. The search's index follows the catalogue some moments later; an id is found at once. */

import { type Product, getProduct, searchProducts } from '../api/documents';
import type { Desk } from './context';
import { type ProductInput, updateProduct } from './documents';

export interface ProductPage {
  products: Product[];
  nextToken: string | null;
}

/** The product as it is now, not one that this window has read before. */
export async function productNow({ api }: Pick<Desk, 'api'>, productId: string): Promise<Product | null> {
  return (await api.ask(getProduct, { productId })).getProduct;
}

/**
 * Change a product that was read at `readAt`, its `modifiedDate`. Answers the new one, for the next change. CONFLICT if
 * another administrator changed it meanwhile: without `readAt` that change would be overwritten.
 */
export async function changeProduct(
  api: Pick<Desk['api'], 'ask'>,
  product: ProductInput,
  readAt: string | null,
): Promise<string | null> {
  const input = readAt === null ? product : { ...product, expectedModifiedDate: readAt };
  return (await api.ask(updateProduct, { product: input })).updateProduct.modifiedDate;
}

/** A page of what is found; the product with exactly this id is the first, even if the search fails. */
export async function findProducts(
  desk: Pick<Desk, 'api'>,
  text: string,
  nextToken: string | null,
): Promise<ProductPage> {
  const input = { text: text.slice(0, 200), ...(nextToken && { nextToken }) };
  const search = desk.api.ask(searchProducts, { input }).then((answer) => answer.searchProducts);
  if (nextToken) return search;
  const [exact, found] = await Promise.all([
    productNow(desk, text).catch(() => null),
    search.catch((error: unknown) => ({ error })),
  ]);
  if (!('error' in found)) {
    const others = found.products.filter((one) => one.productId !== exact?.productId);
    return { products: exact ? [exact, ...others] : others, nextToken: found.nextToken };
  }
  if (!exact) throw found.error;
  return { products: [exact], nextToken: null };
}
