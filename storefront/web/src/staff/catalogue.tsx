import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { type Product, getProduct, getProducts } from '../api/documents';
import { minorUnits, money, plain } from '../money';
import { Button, Field, Form, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { useDesk } from './context';
import { type ProductInput, createProduct, updateProduct } from './documents';
import { Pictures } from './pictures';

export function CataloguePage() {
  const { api } = useDesk();
  const [page, setPage] = useState<{ token: string | null; back: (string | null)[] }>({ token: null, back: [] });
  const { value, problem, load } = useLoaded(
    async () => (await api.ask(getProducts, { nextToken: page.token })).getProducts,
    [page.token],
  );
  return (
    <>
      <Heading>Catalogue</Heading>
      <p>
        <a class="button main" href="/staff/catalogue/edit">
          New product
        </a>
      </p>
      <Problem text={problem} retry={load} />
      {!value && !problem && <Loading what="the catalogue" />}
      <ul class="queue">
        {value?.products.map((one) => (
          <li key={one.productId}>
            <span>
              <strong>{one.name}</strong> <span class="hint">{one.productId}</span>
            </span>
            <span>{money(one.price, one.currency)}</span>
            <a
              class="button quiet"
              href={`/staff/catalogue/edit?id=${encodeURIComponent(one.productId)}`}
              aria-label={`Edit ${one.name}`}
            >
              Edit
            </a>
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

export function ProductEditPage() {
  const { api } = useDesk();
  const { query } = useLocation();
  const productId = query['id'] ?? '';
  const { value, problem, load } = useLoaded(async () => {
    const sample = productId ? null : (await api.ask(getProducts, { nextToken: null })).getProducts.products[0];
    const product = productId ? (await api.ask(getProduct, { productId })).getProduct : null;
    return { product, currency: product?.currency ?? sample?.currency ?? 'EUR' };
  }, [productId]);
  return (
    <>
      <Heading key={productId}>{productId ? `Product ${productId}` : 'New product'}</Heading>
      <Problem text={problem} retry={load} />
      {!value && !problem && <Loading what="the product" />}
      {value && productId && !value.product && <p>There is no such product.</p>}
      {value && (!productId || value.product) && (
        <Edit key={productId} product={value.product} currency={value.currency} />
      )}
      {value?.product && <Pictures productId={value.product.productId} name={value.product.name} />}
      <p>
        <a href="/staff/catalogue">To the catalogue</a>
      </p>
    </>
  );
}

const SIZES = ['width', 'length', 'height', 'weight'] as const;

function Edit({ product, currency }: { product: Product | null; currency: string }) {
  const { api, products } = useDesk();
  const { route } = useLocation();
  const [text, setText] = useState<Record<string, string>>(() => ({
    productId: product?.productId ?? '',
    name: product?.name ?? '',
    price: product ? plain(product.price, currency) : '',
    category: product?.category ?? '',
    tags: (product?.tags ?? []).filter(Boolean).join(', '),
    ...Object.fromEntries(SIZES.map((size) => [size, String(product?.package[size] ?? '')])),
  }));
  const [tried, setTried] = useState(false);
  const [done, setDone] = useState('');
  const { run, problem, isBusy } = useAction();
  const price = minorUnits(text['price']!, currency);
  const problems: Record<string, string | undefined> = {
    productId: text['productId']!.trim() ? undefined : 'Please enter an id.',
    name: text['name']!.trim() ? undefined : 'Please enter a name.',
    price: price === undefined ? `A price of ${currency}, such as ${plain(1999, currency)}.` : undefined,
    ...Object.fromEntries(
      SIZES.map((size) => [size, /^\d{0,9}$/.test(text[size]!.trim()) ? undefined : 'A whole number.']),
    ),
  };
  const field = (name: string) => ({
    name,
    value: text[name]!,
    problem: tried ? problems[name] : undefined,
    onValue: (value: string) => setText({ ...text, [name]: value }),
  });
  const save = async () => {
    setTried(true);
    setDone('');
    if (Object.values(problems).some(Boolean)) return;
    const sizes = Object.fromEntries(SIZES.map((size) => [size, text[size]!.trim() ? Number(text[size]) : null]));
    const input: ProductInput = {
      productId: text['productId']!.trim(),
      name: text['name']!.trim(),
      price: price!,
      category: text['category']!.trim() || null,
      tags: text['tags']!.split(',')
        .map((one) => one.trim())
        .filter(Boolean),
      package: sizes as ProductInput['package'],
      // updateProduct replaces the administrators' list; it ignores those of the platform's own pictures.
      pictures: (product?.pictures ?? []).filter((one): one is string => !!one),
    };
    await run(async () => {
      if (product) await api.ask(updateProduct, { product: input });
      else await api.ask(createProduct, { product: input });
      products.delete(input.productId);
      setDone('Saved.');
      if (!product) route(`/staff/catalogue/edit?id=${encodeURIComponent(input.productId)}`, true);
    });
  };
  return (
    <section class="narrow">
      <Form onSubmit={save} label="Product">
        <Problem text={problem} />
        <Field label="Id" required maxLength={200} disabled={!!product} {...field('productId')} />
        <Field label="Name" required maxLength={500} {...field('name')} />
        <Field label={`Price in ${currency}`} required inputMode="decimal" {...field('price')} />
        <Field label="Category" {...field('category')} />
        <Field label="Tags, with commas" {...field('tags')} />
        <div class="pair">
          <Field label="Width in mm" inputMode="numeric" {...field('width')} />
          <Field label="Length in mm" inputMode="numeric" {...field('length')} />
          <Field label="Height in mm" inputMode="numeric" {...field('height')} />
          <Field label="Weight in g" inputMode="numeric" {...field('weight')} />
        </div>
        <Button type="submit" label="Save" isBusy={isBusy} />
      </Form>
      <Status>{done && <p>{done}</p>}</Status>
    </section>
  );
}
