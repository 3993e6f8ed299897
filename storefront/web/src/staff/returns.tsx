import { useEffect, useState } from 'preact/hooks';
import type { Product, Return } from '../api/documents';
import { useStore } from '../store';
import { Button, Field, Form, Heading, Loading, Problem, Status, day, useAction } from '../parts';
import { move, useDesk } from './context';
import { type Received, approveReturn, getOpenReturns, getReturn, receiveReturn, refuseReturn } from './documents';
import { OrderNumber } from './order_links';
import { More, useQueue } from './queue';

const idOf = ({ returnId }: Return) => returnId;

export function ReturnsPage() {
  const [done, setDone] = useState('');
  const queue = useQueue(
    getOpenReturns,
    ({ getOpenReturns: { returns, nextToken } }) => ({ items: returns, nextToken }),
    idOf,
  );
  const { items, problem, load } = queue;
  const ended = async (words: string) => {
    setDone(words);
    await load();
  };
  return (
    <>
      <Heading>Returns</Heading>
      <Status>{done && <p>{done}</p>}</Status>
      <Problem text={problem} retry={load} />
      {!items && !problem && <Loading what="the returns" />}
      {items?.length === 0 && <p class="empty">No return is open.</p>}
      <ul class="returns">
        {items?.map((one) => (
          <li key={`${one.returnId}-${one.status}`}>
            <OneReturn found={one} ended={ended} />
          </li>
        ))}
      </ul>
      <More queue={queue} label="Show more returns" />
    </>
  );
}

function OneReturn({ found, ended }: { found: Return; ended: (words: string) => Promise<void> }) {
  const desk = useDesk();
  const isAdmin = !!useStore(desk.session.person)?.groups.includes('admin');
  const [products, setProducts] = useState<Map<string, Product | null>>(new Map());
  useEffect(() => {
    const all = found.lines.map(async ({ productId }) => [productId, await desk.products.of(productId)] as const);
    void Promise.all(all).then(
      (pairs) => setProducts(new Map(pairs)),
      () => undefined,
    );
  }, [found.returnId]);
  const nameOf = (productId: string) => products.get(productId)?.name ?? productId;
  return (
    <article aria-label={`Return of order ${found.orderId}`}>
      <p>
        <strong>{found.lines.map((line) => `${line.quantity} × ${nameOf(line.productId)}`).join(', ')}</strong>{' '}
        <span class="hint">{day(found.createdDate)}, order</span> <OrderNumber orderId={found.orderId} />
      </p>
      {found.lines.map((line) => line.reason && <p key={line.productId}>“{line.reason}”</p>)}
      {found.status === 'REQUESTED' && isAdmin && <Decide found={found} ended={ended} />}
      {found.status === 'REQUESTED' && !isAdmin && <p class="hint">An administrator decides.</p>}
      {found.status === 'APPROVED' && <Receive found={found} nameOf={nameOf} ended={ended} />}
    </article>
  );
}

interface StepProps {
  found: Return;
  ended: (words: string) => Promise<void>;
}

function useIs(returnId: string): (...statuses: string[]) => Promise<boolean> {
  const { api } = useDesk();
  return async (...statuses) => statuses.includes((await api.ask(getReturn, { returnId })).getReturn?.status ?? '');
}

function Decide({ found, ended }: StepProps) {
  const { api } = useDesk();
  const { returnId } = found;
  const is = useIs(returnId);
  const [reason, setReason] = useState('');
  const [isRefusing, setRefusing] = useState(false);
  const [tried, setTried] = useState(false);
  const { run, problem, isBusy } = useAction();
  const approve = () =>
    run(async () => {
      await move(
        () => api.ask(approveReturn, { returnId }),
        () => is('APPROVED', 'RECEIVED', 'REFUNDED'),
      );
      await ended('Approved. The shopper gets a mail.');
    });
  const refuse = async () => {
    setTried(true);
    if (!reason.trim()) return;
    await run(async () => {
      await move(
        () => api.ask(refuseReturn, { returnId, reason: reason.trim() }),
        () => is('REFUSED'),
      );
      await ended('Refused. The shopper gets a mail with the reason.');
    });
  };
  return (
    <>
      <Problem text={problem} />
      {isRefusing ? (
        <Form onSubmit={refuse} label="Refuse the return">
          <Field
            label="Reason, for the shopper"
            name="reason"
            required
            maxLength={500}
            value={reason}
            onValue={setReason}
            problem={tried && !reason.trim() ? 'Please enter a reason. The shopper reads it.' : undefined}
          />
          <div class="row">
            <Button type="submit" kind="danger" label="Refuse" isBusy={isBusy} />
            <Button kind="quiet" label="Back" onClick={() => setRefusing(false)} />
          </div>
        </Form>
      ) : (
        <div class="row">
          <Button label="Approve" isBusy={isBusy} onClick={approve} />
          <Button kind="quiet" label="Refuse …" onClick={() => setRefusing(true)} />
        </div>
      )}
    </>
  );
}

function Receive({ found, nameOf, ended }: StepProps & { nameOf: (productId: string) => string }) {
  const { api } = useDesk();
  const { returnId } = found;
  const is = useIs(returnId);
  const [counts, setCounts] = useState<Record<string, { RESTOCK: string; SCRAP: string }>>(() =>
    Object.fromEntries(found.lines.map((line) => [line.productId, { RESTOCK: String(line.quantity), SCRAP: '0' }])),
  );
  const { run, problem, isBusy } = useAction();
  const lines: Received[] = Object.entries(counts).flatMap(([productId, count]) =>
    (['RESTOCK', 'SCRAP'] as const)
      .map((condition) => ({ productId, quantity: Number(count[condition]), condition }))
      .filter(({ quantity }) => quantity > 0),
  );
  const receive = () =>
    run(async () => {
      const input = { returnId, lines };
      await move(
        () => api.ask(receiveReturn, { input }),
        () => is('RECEIVED', 'REFUNDED'),
      );
      await ended('Received. The stock and the money follow by themselves.');
    });
  const choices = (most: number) =>
    Array.from({ length: most + 1 }, (_, place) => ({ value: String(place), label: String(place) }));
  return (
    <Form onSubmit={receive} label="Receive the return">
      <Problem text={problem} />
      {found.lines.map(({ productId, quantity }) => {
        const count = counts[productId]!;
        const set = (condition: 'RESTOCK' | 'SCRAP', value: string) => {
          const other = condition === 'RESTOCK' ? 'SCRAP' : 'RESTOCK';
          const rest = String(Math.min(Number(count[other]), quantity - Number(value)));
          setCounts({ ...counts, [productId]: { ...count, [condition]: value, [other]: rest } });
        };
        return (
          <div class="pair" key={productId}>
            <Field
              label={`${nameOf(productId)}: can be sold`}
              required
              options={choices(quantity)}
              value={count.RESTOCK}
              onValue={(value) => set('RESTOCK', value)}
            />
            <Field
              label={`${nameOf(productId)}: broken`}
              required
              options={choices(quantity)}
              value={count.SCRAP}
              onValue={(value) => set('SCRAP', value)}
            />
          </div>
        );
      })}
      <Button type="submit" label="Received" isBusy={isBusy} />
    </Form>
  );
}
