import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Product } from '../api/documents';
import { Button, Loading, Problem, useLoaded } from '../parts';
import { Picture } from '../picture';
import { LookupForm } from './lookup_form';
import type { ProductPage } from './products';

interface SearchProps {
  text: string;
  find: (text: string) => void;
  /** Without a text all products are found. */
  mayBeEmpty?: boolean;
}

/** A field for the name or the id of a product. */
export function ProductSearch({ text, find, mayBeEmpty = false }: SearchProps) {
  return (
    <LookupForm
      about="Find a product"
      field="Name or id of a product"
      name="product"
      button="Find"
      kind="quiet"
      typed={text}
      missing={mayBeEmpty ? undefined : 'Please enter a name or an id.'}
      look={find}
    />
  );
}

interface ListProps {
  read: (nextToken: string | null) => Promise<ProductPage>;
  /** What `read` reads: another one begins with its first page. */
  about: string;
  /** Called with a first page that is shown, not with one that comes after the clerk has gone on. */
  onFirst?: (page: ProductPage) => void;
  children: (product: Product) => ComponentChildren;
}

/** Products with their pictures, page by page. `children` is what a row offers. */
export function ProductList({ read, about, onFirst, children }: ListProps) {
  const [page, setPage] = useState<{ token: string | null; back: (string | null)[] }>({ token: null, back: [] });
  const { value, problem, load } = useLoaded(() => read(page.token), [about, page.token]);
  useEffect(() => {
    if (value && !page.token) onFirst?.(value);
  }, [value]);
  return (
    <>
      <Problem text={problem} retry={load} />
      {!value && !problem && <Loading what="the products" />}
      {value?.products.length === 0 && <p class="empty">No product is found.</p>}
      <ul class="queue">
        {value?.products.map((one) => (
          <li key={one.productId}>
            <span class="thumb">
              <Picture product={one} />
            </span>
            <div class="about-order">
              <strong>{one.name}</strong>
              <p class="hint">
                <code>{one.productId}</code>
              </p>
            </div>
            {children(one)}
          </li>
        ))}
      </ul>
      <div class="row">
        {page.back.length > 0 && (
          <Button
            kind="quiet"
            label="Back"
            onClick={() => setPage({ token: page.back.at(-1)!, back: page.back.slice(0, -1) })}
          />
        )}
        {value?.nextToken && (
          <Button
            kind="quiet"
            label="Next"
            onClick={() => setPage({ token: value.nextToken, back: [...page.back, page.token] })}
          />
        )}
      </div>
    </>
  );
}
