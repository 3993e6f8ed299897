import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { Refused } from '../errors';
import { Button, Field, Form, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { useDesk, useRegularly } from './context';
import { type Stock, getStock } from './documents';
import { ProductList, ProductSearch } from './product_list';
import { type ProductPage, findProducts, productNow } from './products';
import { setOnHand } from './stock_count';

const EVERY_MS = 5_000;

/** The stock of `?id=`, or the products that are found by `?text=`. */
export function StockPage() {
  const desk = useDesk();
  const { query, route } = useLocation();
  const productId = query['id'] ?? '';
  const text = productId ? '' : (query['text'] ?? '');
  const where = (id: string) => `/staff/stock?id=${encodeURIComponent(id)}`;
  const find = (typed: string) => route(`/staff/stock?text=${encodeURIComponent(typed)}`);
  const read = (nextToken: string | null) => findProducts(desk, text, nextToken);
  /** The id of a product leads to its stock. */
  const follow = ({ products: [first] }: ProductPage) => {
    if (first?.productId === text) route(where(text), true);
  };
  return (
    <>
      <Heading>Stock</Heading>
      <ProductSearch key={productId || text} text={productId || text} find={find} />
      {text && (
        <ProductList key={text} about={text} read={read} onFirst={follow}>
          {(product) => (
            <a class="button quiet" href={where(product.productId)} aria-label={`Stock of ${product.name}`}>
              Stock
            </a>
          )}
        </ProductList>
      )}
      {productId && <StockOf key={productId} productId={productId} />}
    </>
  );
}

function StockOf({ productId }: { productId: string }) {
  const desk = useDesk();
  const { value, problem, load, set } = useLoaded(async () => {
    const [{ getStock: stock }, product] = await Promise.all([
      desk.api.ask(getStock, { productId }),
      productNow(desk, productId),
    ]);
    return { stock, product };
  }, [productId]);
  useRegularly(load, EVERY_MS); // Orders and packing change it meanwhile.
  return (
    <>
      <Problem text={problem} retry={load} />
      {!value && !problem && <Loading what="the stock" />}
      {value && !value.product && <p role="status">There is no such product.</p>}
      {value?.product && (
        <Count
          productId={productId}
          name={value.product.name}
          stock={value.stock}
          show={(stock) => set({ ...value, stock })}
          load={load}
        />
      )}
    </>
  );
}

interface CountProps {
  productId: string;
  name: string;
  stock: Stock | null;
  show: (stock: Stock | null) => void;
  load: () => Promise<void>;
}

function Count({ productId, name, stock, show, load }: CountProps) {
  const { api } = useDesk();
  // Empty at first: a number that was read some time ago must not be set again unseen.
  const [counted, setCounted] = useState('');
  const [tried, setTried] = useState(false);
  const [done, setDone] = useState('');
  const { run, problem, isBusy } = useAction();
  const isNumber = /^\d{1,9}$/.test(counted.trim());
  const save = async () => {
    setTried(true);
    setDone('');
    if (!isNumber) return;
    await run(async () => {
      try {
        const { stock: now, isAnswered } = await setOnHand(api, productId, Number(counted));
        show(now);
        if (!isAnswered) throw new Refused('NO_ANSWER', lost(now));
      } catch (error) {
        void load();
        throw error;
      }
      setDone('The stock is set.');
      setCounted('');
      setTried(false);
    });
  };
  return (
    <section class="narrow" aria-labelledby="product">
      <h2 id="product">{name}</h2>
      <p class="hint">
        <code>{productId}</code>
      </p>
      {stock ? (
        <dl class="properties">
          <div>
            <dt>On hand</dt>
            <dd id="on-hand">{stock.onHand}</dd>
          </div>
          <div>
            <dt>Reserved</dt>
            <dd>{stock.reserved}</dd>
          </div>
          <div>
            <dt>Available</dt>
            <dd>{stock.available}</dd>
          </div>
        </dl>
      ) : (
        <p>This product is not counted: it is always available.</p>
      )}
      <Form onSubmit={save} label="Set the stock">
        <Problem text={problem} />
        <Field
          label="Counted units on hand"
          name="onHand"
          inputMode="numeric"
          required
          value={counted}
          onValue={setCounted}
          hint={stock ? `Now ${stock.onHand}` : undefined}
          problem={(tried || counted) && !isNumber ? 'A whole number.' : undefined}
        />
        <Button type="submit" label="Set" isBusy={isBusy} />
      </Form>
      <Status>{done && <p>{done}</p>}</Status>
    </section>
  );
}

/** What is said when the answer was lost. */
function lost(stock: Stock | null): string {
  const now = stock ? `${stock.onHand} units are on hand` : 'the product is not counted';
  return `There was no answer. The stock was read again: ${now}. Please look whether you have to set it again.`;
}
