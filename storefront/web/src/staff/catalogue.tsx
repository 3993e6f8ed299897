import { useLocation } from 'preact-iso';
import { useRef, useState } from 'preact/hooks';
import { type Product, getProducts } from '../api/documents';
import { useShop } from '../context';
import { Refused } from '../errors';
import { minorUnits, money, plain } from '../money';
import { Button, Field, Form, Heading, Loading, Problem, Status, useAction, useLoaded, useShown } from '../parts';
import { Question, useAsked } from '../question';
import { useDesk } from './context';
import { type ProductInput, createProduct, deleteProduct } from './documents';
import { Pictures } from './pictures';
import { ProductList, ProductSearch } from './product_list';
import { changeProduct, findProducts, productNow } from './products';
import { tagsIn, tagsOf } from './tags';

/** All products, or those that are found by `?text=`. */
export function CataloguePage() {
  const desk = useDesk();
  const { query, route } = useLocation();
  const text = query['text'] ?? '';
  const find = (typed: string) => route(`/staff/catalogue${typed && `?text=${encodeURIComponent(typed)}`}`);
  const read = async (nextToken: string | null) =>
    text ? findProducts(desk, text, nextToken) : (await desk.api.ask(getProducts, { nextToken })).getProducts;
  return (
    <>
      <Heading>Catalogue</Heading>
      <p>
        <a class="button main" href="/staff/catalogue/edit">
          New product
        </a>
      </p>
      <ProductSearch key={text} text={text} find={find} mayBeEmpty />
      {text && (
        <p>
          <a href="/staff/catalogue">Show all products</a>
        </p>
      )}
      <ProductList key={`list-${text}`} about={text} read={read}>
        {(product) => (
          <>
            <span>{money(product.price, product.currency)}</span>
            <a
              class="button quiet"
              href={`/staff/catalogue/edit?id=${encodeURIComponent(product.productId)}`}
              aria-label={`Edit ${product.name}`}
            >
              Edit
            </a>
          </>
        )}
      </ProductList>
    </>
  );
}

export function ProductEditPage() {
  const desk = useDesk();
  const { config } = useShop();
  const { query } = useLocation();
  const productId = query['id'] ?? '';
  const [done, setDone] = useState(''); // Here, since the form of a new product is replaced by that of the product.
  const [isDeleted, setDeleted] = useState(false);
  const { value, problem, load } = useLoaded(async () => {
    const product = productId ? await productNow(desk, productId) : null;
    return { productId, product, currency: product?.currency ?? config.currency };
  }, [productId]);
  const isRead = value?.productId === productId;
  const product = isRead ? value.product : null;
  return (
    <>
      <Heading key={productId}>{productId ? `Product ${productId}` : 'New product'}</Heading>
      <Problem text={problem} retry={load} />
      {!isRead && !problem && <Loading what="the product" />}
      {isRead && productId && !product && !isDeleted && <p>There is no such product.</p>}
      {isRead && (!productId || product) && !isDeleted && (
        <Edit key={productId} product={product} currency={value.currency} setDone={setDone} />
      )}
      <Status>{done && <p>{done}</p>}</Status>
      {product && !isDeleted && (
        <>
          <p>
            <a href={`/staff/stock?id=${encodeURIComponent(productId)}`}>Its stock</a>
          </p>
          <Pictures productId={productId} name={product.name} />
          <Delete
            product={product}
            ended={() => {
              setDeleted(true);
              setDone(`${product.name} is deleted. It is no longer sold.`);
            }}
          />
        </>
      )}
      <p>
        <a href="/staff/catalogue">To the catalogue</a>
      </p>
    </>
  );
}

function Delete({ product, ended }: { product: Product; ended: () => void }) {
  const { api, products } = useDesk();
  const { asked, ask, no, isBack } = useAsked();
  const { run, problem, isBusy } = useAction();
  const { productId } = product;
  const remove = () =>
    run(async () => {
      try {
        await api.ask(deleteProduct, { productId });
      } catch (error) {
        // An earlier attempt, whose answer was lost, or another administrator has deleted it.
        if (!(error instanceof Refused) || error.code !== 'NOT_FOUND') throw error;
      }
      products.forget(productId);
      ended();
    });
  return (
    <section aria-labelledby="delete">
      <h2 id="delete">Delete</h2>
      {asked ? (
        <Question
          text={`Delete ${product.name}? It is no longer sold. Orders that have it keep it.`}
          problem={problem}
        >
          <Button kind="danger" label="Yes, delete it" isBusy={isBusy} onClick={remove} />
          <Button kind="quiet" label="No" onClick={() => !isBusy && no()} />
        </Question>
      ) : (
        <div class="row">
          <Button
            kind="quiet"
            label="Delete the product"
            takesFocus={isBack(true)}
            onClick={() => ask(true)}
          />
        </div>
      )}
    </section>
  );
}

const SIZES = ['width', 'length', 'height', 'weight'] as const;

interface EditProps {
  product: Product | null;
  currency: string;
  setDone: (words: string) => void;
}

function Edit({ product, currency, setDone }: EditProps) {
  const { api, products } = useDesk();
  const { route } = useLocation();
  const [text, setText] = useState<Record<string, string>>(() => ({
    productId: product?.productId ?? '',
    name: product?.name ?? '',
    price: product ? plain(product.price, currency) : '',
    category: product?.category ?? '',
    tags: tagsIn((product?.tags ?? []).filter((one): one is string => !!one)),
    ...Object.fromEntries(SIZES.map((size) => [size, String(product?.package[size] ?? '')])),
  }));
  const [tried, setTried] = useState(false);
  const readAt = useRef(product?.modifiedDate ?? null);
  const { run, problem, isBusy } = useAction();
  const isShown = useShown();
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
      tags: tagsOf(text['tags']!),
      package: sizes as ProductInput['package'],
      // updateProduct replaces the administrators' list; it ignores those of the platform's own pictures.
      pictures: (product?.pictures ?? []).filter((one): one is string => !!one),
    };
    await run(async () => {
      if (product) readAt.current = await changeProduct(api, input, readAt.current);
      else await api.ask(createProduct, { product: input });
      products.forget(input.productId);
      if (!isShown.current) return;
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
        <Field label="Tags, with commas" hint={'A tag that has a comma: "12 V, 5 A"'} {...field('tags')} />
        <div class="pair">
          <Field label="Width in mm" inputMode="numeric" {...field('width')} />
          <Field label="Length in mm" inputMode="numeric" {...field('length')} />
          <Field label="Height in mm" inputMode="numeric" {...field('height')} />
          <Field label="Weight in g" inputMode="numeric" {...field('weight')} />
        </div>
        <Button type="submit" label="Save" isBusy={isBusy} />
      </Form>
    </section>
  );
}
