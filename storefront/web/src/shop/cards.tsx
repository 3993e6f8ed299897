import type { Product } from '../api/documents';
import { useShop } from '../context';
import { money } from '../money';
import { Picture } from '../picture';
import { LEVELS, useLevels } from './availability';

/** The id is in the query, since many hosts take a path with a dot for a file, and ids may have dots. */
export function addressOfProduct(productId: string): string {
  return `/product?id=${encodeURIComponent(productId)}`;
}

export function Cards({ products, eager }: { products: Product[]; eager?: boolean }) {
  const { api } = useShop();
  const levels = useLevels(
    api,
    products.map((one) => one.productId),
  );
  const scarce = (productId: string) => ['LOW', 'OUT'].find((level) => levels.get(productId) === level);
  return (
    <ul class="cards">
      {products.map((product) => (
        <li key={product.productId}>
          <a class="card" href={addressOfProduct(product.productId)}>
            <Picture product={product} eager={eager ?? false} />
            <span class="name">{product.name}</span>
            <span class="price">{money(product.price, product.currency)}</span>
            {scarce(product.productId) && (
              <span class={`level ${scarce(product.productId)}`}>{LEVELS[scarce(product.productId)!]}</span>
            )}
          </a>
        </li>
      ))}
    </ul>
  );
}

export function Skeleton({ count }: { count: number }) {
  return (
    <ul class="cards" aria-hidden="true">
      {Array.from({ length: count }, (_, place) => (
        <li key={place}>
          <div class="card ghost" />
        </li>
      ))}
    </ul>
  );
}
