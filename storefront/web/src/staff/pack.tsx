import { useLocation, useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import type { Product } from '../api/documents';
import { Refused } from '../errors';
import { Button, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { Picture } from '../picture';
import { type Desk, move, productOf, useDesk, useRegularly } from './context';
import {
  type PackagingRequest,
  completePackaging,
  getPackagingRequest,
  startPackaging,
  updatePackagingProduct,
} from './documents';

interface Work {
  request: PackagingRequest;
  products: Map<string, Product | null>;
}

async function read(desk: Desk, orderId: string): Promise<Work | null> {
  const { getPackagingRequest: request } = await desk.api.ask(getPackagingRequest, { input: { orderId } });
  if (!request) return null;
  const found = request.products.map(async ({ productId }) => [productId, await productOf(desk, productId)] as const);
  return { request, products: new Map(await Promise.all(found)) };
}

const EVERY_MS = 10_000;

const ENDED: Record<string, string> = {
  COMPLETED: 'This order is packed.',
  FAILED: 'This order could not be packed. The shopper pays nothing.',
  CANCELLED: 'This order was cancelled. Please do not pack it.',
};

export function PackPage() {
  const desk = useDesk();
  const orderId = useRoute().params['orderId'] ?? '';
  const { value, problem, load, set } = useLoaded(() => read(desk, orderId), [orderId]);
  useRegularly(load, EVERY_MS); // Another clerk may be at this order, or its shopper cancels it.
  const status = value?.request.status ?? '';
  return (
    <>
      <Heading>Pack an order</Heading>
      <p class="hint">
        Order <code>{orderId}</code>
      </p>
      <Problem text={problem} retry={load} />
      {value === undefined && !problem && <Loading what="the order" />}
      {value === null && <p>The warehouse has no such order.</p>}
      {value && status === 'NEW' && <Start orderId={orderId} work={value} load={load} />}
      {value && status === 'IN_PROGRESS' && <Pack orderId={orderId} work={value} load={load} set={set} />}
      <Status>{ENDED[status] && <p id="ended">{ENDED[status]}</p>}</Status>
      <p>
        <a href="/staff/packing">To the queue</a>
      </p>
    </>
  );
}

interface StepProps {
  orderId: string;
  work: Work;
  load: () => Promise<void>;
}

function Start({ orderId, work, load }: StepProps) {
  const desk = useDesk();
  const { run, problem, isBusy } = useAction();
  const input = { orderId };
  const start = () =>
    run(async () => {
      const isStarted = async () => (await read(desk, orderId))?.request.status === 'IN_PROGRESS';
      try {
        await move(() => desk.api.ask(startPackaging, { input }, { repeat: false }), isStarted);
      } finally {
        await load();
      }
    });
  return (
    <>
      <Problem text={problem} />
      <List work={work} />
      <Button label="Start packing" onClick={start} isBusy={isBusy} />
    </>
  );
}

function Pack({ orderId, work, load, set }: StepProps & { set: (work: Work) => void }) {
  const desk = useDesk();
  const { route } = useLocation();
  const [isAsked, setAsked] = useState(false);
  // As ordered when this page was opened: the platform knows the real limit and refuses more.
  const [ordered] = useState(() => new Map(work.request.products.map((one) => [one.productId, one.quantity])));
  const { run, problem, isBusy } = useAction();
  const units = work.request.products.reduce((sum, one) => sum + one.quantity, 0);
  const isLess = work.request.products.some((one) => one.quantity < (ordered.get(one.productId) ?? 0));
  const change = (productId: string, quantity: number) =>
    run(async () => {
      try {
        await desk.api.ask(updatePackagingProduct, { input: { orderId, productId, quantity } });
        const products = work.request.products.map((one) => (one.productId === productId ? { ...one, quantity } : one));
        set({ ...work, request: { ...work.request, products } });
      } catch (error) {
        await load();
        throw error;
      }
    });
  const complete = () =>
    run(async () => {
      const isEnded = async () => ['COMPLETED', 'FAILED'].includes((await read(desk, orderId))?.request.status ?? '');
      const now = await read(desk, orderId);
      if (now && now.request.status === 'IN_PROGRESS' && !hasSame(now, work)) {
        set(now);
        throw new Refused('CHANGED', 'another clerk has changed this package; please check it again');
      }
      try {
        await move(() => desk.api.ask(completePackaging, { input: { orderId } }, { repeat: false }), isEnded);
      } finally {
        await load();
      }
    });
  return (
    <>
      <p role="status" class="state">
        Being packed
      </p>
      <Problem text={problem} />
      <List work={work} isBusy={isBusy} change={change} ordered={ordered} />
      {(units === 0 || isLess) && (
        <p class="notice plain">
          {units === 0
            ? 'Nothing is in the package: the order ends, and the shopper pays nothing.'
            : 'Some units are missing: the shopper pays for what is in the package.'}
        </p>
      )}
      <div class="row">
        {isAsked || (units > 0 && !isLess) ? (
          <Button
            label={units === 0 ? 'End without a package' : 'The package is complete'}
            kind={units === 0 ? 'danger' : 'main'}
            onClick={complete}
            isBusy={isBusy}
          />
        ) : (
          <Button label="Go on without them" onClick={() => setAsked(true)} />
        )}
        <Button kind="quiet" label="Later" onClick={() => route('/staff/packing')} />
      </div>
    </>
  );
}

/** Whether both have the same units of each product. */
function hasSame(one: Work, other: Work): boolean {
  const units = (work: Work) =>
    JSON.stringify(work.request.products.map(({ productId, quantity }) => [productId, quantity]).sort());
  return units(one) === units(other);
}

interface ListProps {
  work: Work;
  isBusy?: boolean;
  change?: (productId: string, quantity: number) => Promise<unknown>;
  ordered?: Map<string, number>;
}

function List({ work, isBusy, change, ordered }: ListProps) {
  return (
    <ul class="lines" aria-label="Pick list">
      {work.request.products.map(({ productId, quantity }) => {
        const product = work.products.get(productId);
        const name = product?.name ?? productId;
        return (
          <li key={productId} class="line pick">
            <span class="thumb">
              <Picture product={product ?? { productId, name }} />
            </span>
            <div>
              <span class="name">{name}</span>
              <p class="hint">
                <code>{productId}</code>
              </p>
              {change ? (
                <div class="stepper" role="group" aria-label={`Units of ${name} in the package`}>
                  <Button
                    kind="quiet"
                    label="−"
                    name={`One less ${name}`}
                    disabled={!!isBusy || quantity === 0}
                    onClick={() => change(productId, quantity - 1)}
                  />
                  <output aria-live="polite">{quantity}</output>
                  <Button
                    kind="quiet"
                    label="+"
                    name={`One more ${name}`}
                    disabled={!!isBusy}
                    onClick={() => change(productId, quantity + 1)}
                  />
                  <Button
                    kind="quiet"
                    label="None"
                    name={`No ${name}`}
                    disabled={!!isBusy || quantity === 0}
                    onClick={() => change(productId, 0)}
                  />
                  {ordered && <span class="hint">of {ordered.get(productId)}</span>}
                </div>
              ) : (
                <p>
                  <strong>{quantity}</strong> {quantity === 1 ? 'unit' : 'units'}
                </p>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
