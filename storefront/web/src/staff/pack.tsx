import { useLocation, useRoute } from 'preact-iso';
import { useRef, useState } from 'preact/hooks';
import type { Product } from '../api/documents';
import { Refused, inWords } from '../errors';
import { Button, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { type Desk, move, orderOf, useDesk, useRegularly } from './context';
import {
  type PackagingRequest,
  completePackaging,
  getPackagingRequest,
  startPackaging,
  updatePackagingProduct,
} from './documents';
import { OrderLinks } from './order_links';
import { type Units, isShort, orderedUnits } from './ordered_units';
import { PickList } from './pick_list';
import { UnitChanges } from './unit_changes';

interface Work {
  request: PackagingRequest;
  products: Map<string, Product | null>;
  ordered: Units | null;
}

async function read(desk: Desk, orderId: string): Promise<Work | null> {
  const { getPackagingRequest: request } = await desk.api.ask(getPackagingRequest, { input: { orderId } });
  if (!request) return null;
  const found = request.products.map(async ({ productId }) => [productId, await desk.products.of(productId)] as const);
  const ordered = await orderedUnits(request, () => orderOf(desk, orderId));
  return { request, products: new Map(await Promise.all(found)), ordered };
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
      <OrderLinks orderId={orderId} here="packing" />
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
      <PickList lines={work.request.products} products={work.products} />
      <Button label="Start packing" onClick={start} isBusy={isBusy} />
    </>
  );
}

function Pack({ orderId, work, load, set }: StepProps & { set: (work: Work) => void }) {
  const desk = useDesk();
  const { route } = useLocation();
  const [isAsked, setAsked] = useState(false);
  const [, render] = useState({});
  const [problemOfChange, setProblemOfChange] = useState('');
  const { run, problem, isBusy } = useAction();
  const newest = useRef(work);
  newest.current = work;
  const show = (shown: Work) => {
    newest.current = shown; // Also for a change that is sent before the page is drawn again.
    set(shown);
  };
  const [changes] = useState(() => {
    const send = async (productId: string, quantity: number) => {
      await desk.api.ask(updatePackagingProduct, { input: { orderId, productId, quantity } });
      show(withUnits(newest.current, (id, units) => (id === productId ? quantity : units)));
    };
    const failed = async (error: unknown) => {
      setProblemOfChange(inWords(error));
      await load();
    };
    return new UnitChanges(send, () => render({}), failed);
  });
  const shown = withUnits(work, (productId, quantity) => changes.of(productId, quantity));
  const { products: lines } = shown.request;
  const units = lines.reduce((sum, one) => sum + one.quantity, 0);
  const isLess = isShort(lines, work.ordered);
  const change = (productId: string, quantity: number) => {
    setAsked(false);
    setProblemOfChange('');
    changes.set(productId, quantity);
  };
  const complete = () =>
    run(async () => {
      if (!(await changes.settled())) return;
      const isEnded = async () => ['COMPLETED', 'FAILED'].includes((await read(desk, orderId))?.request.status ?? '');
      const now = await read(desk, orderId);
      if (now && now.request.status === 'IN_PROGRESS' && !hasSame(now, newest.current)) {
        show(now);
        throw new Refused('CHANGED', 'another clerk has changed this package; please check it again');
      }
      try {
        await move(() => desk.api.ask(completePackaging, { input: { orderId } }, { repeat: false }), isEnded);
      } finally {
        await load();
      }
    });
  const later = async () => {
    if (await changes.settled()) route('/staff/packing');
  };
  return (
    <>
      <p role="status" class="state">
        Being packed
      </p>
      <Problem text={problem || problemOfChange} />
      <PickList lines={lines} products={work.products} ordered={work.ordered} change={change} />
      {!work.ordered && units > 0 && (
        <p class="notice plain">
          Packing was started with another device. Units that were taken out there are not shown as missing.
        </p>
      )}
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
        <Button kind="quiet" label="Later" onClick={later} />
      </div>
    </>
  );
}

function withUnits(work: Work, unitsOf: (productId: string, quantity: number) => number): Work {
  const products = work.request.products.map((one) => ({ ...one, quantity: unitsOf(one.productId, one.quantity) }));
  return { ...work, request: { ...work.request, products } };
}

/** Whether both have the same units of each product. */
function hasSame(one: Work, other: Work): boolean {
  const units = (work: Work) =>
    JSON.stringify(work.request.products.map(({ productId, quantity }) => [productId, quantity]).sort());
  return units(one) === units(other);
}
