import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { Button, Field, Form, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { productOf, useDesk } from './context';
import { type Stock, getStock, setStock } from './documents';

export function StockPage() {
  const desk = useDesk();
  const { query, route } = useLocation();
  const productId = query['id'] ?? '';
  const [typed, setTyped] = useState(productId);
  const { value, problem, load, set } = useLoaded(async () => {
    if (!productId) return undefined;
    const [{ getStock: stock }, product] = await Promise.all([
      desk.api.ask(getStock, { productId }),
      productOf(desk, productId),
    ]);
    return { stock, name: product?.name ?? productId };
  }, [productId]);
  return (
    <>
      <Heading>Stock</Heading>
      <Form onSubmit={async () => typed.trim() && route(`/staff/stock?id=${encodeURIComponent(typed.trim())}`)}>
        <div class="inline">
          <Field label="Product id" name="productId" required value={typed} onValue={setTyped} />
          <Button type="submit" label="Show" />
        </div>
      </Form>
      <Problem text={problem} retry={load} />
      {productId && !value && !problem && <Loading what="the stock" />}
      {value && (
        <Count
          key={productId}
          productId={productId}
          name={value.name}
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
