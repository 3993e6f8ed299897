import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { Button, Field, Form, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { useDesk } from './context';
import { type Stock, getStock, setStock } from './documents';
import { ProductList, ProductSearch } from './product_list';
import { findProducts, productNow } from './products';

/** The stock of `?id=`, or the products that are found by `?text=`. */
export function StockPage() {
  const desk = useDesk();
  const { query, route } = useLocation();
  const productId = query['id'] ?? '';
  const text = productId ? '' : (query['text'] ?? '');
  const where = (id: string) => `/staff/stock?id=${encodeURIComponent(id)}`;
  const find = (typed: string) => typed && route(`/staff/stock?text=${encodeURIComponent(typed)}`);
  const read = async (nextToken: string | null) => {
    const found = await findProducts(desk, text, nextToken);
    if (!nextToken && found.products[0]?.productId === text) route(where(text), true);
    return found;
  };
  return (
    <>
      <Heading>Stock</Heading>
      <ProductSearch key={productId || text} text={productId || text} find={find} />
      {text && (
        <ProductList key={text} about={text} read={read}>
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
        />
      )}
    </>
  );
}

interface CountProps {
  productId: string;
  name: string;
  stock: Stock | null;
  show: (stock: Stock) => void;
}

function Count({ productId, name, stock, show }: CountProps) {
  const { api } = useDesk();
  const [counted, setCounted] = useState(stock ? String(stock.onHand) : '');
  const [done, setDone] = useState('');
  const { run, problem, isBusy } = useAction();
  const isNumber = /^\d{1,9}$/.test(counted.trim());
  const save = async () => {
    if (!isNumber) return;
    setDone('');
    await run(async () => {
      show((await api.ask(setStock, { productId, onHand: Number(counted) })).setStock);
      setDone('The stock is set.');
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
          problem={counted && !isNumber ? 'A whole number.' : undefined}
        />
        <Button type="submit" label="Set" isBusy={isBusy} />
      </Form>
      <Status>{done && <p>{done}</p>}</Status>
    </section>
  );
}
