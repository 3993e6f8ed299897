import { useLocation, useRoute } from 'preact-iso';
import { useRef, useState } from 'preact/hooks';
import type { Product } from '../api/documents';
import { Refused, inWords } from '../errors';
import { Button, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { Question, useAsked } from '../question';
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

async function readRequest(desk: Desk, orderId: string): Promise<PackagingRequest | null> {
  return (await desk.api.ask(getPackagingRequest, { input: { orderId } })).getPackagingRequest;
}

async function read(desk: Desk, orderId: string): Promise<Work | null> {
  const request = await readRequest(desk, orderId);
  if (!request) return null;
  // A product that cannot be read has its id in the list: it can be packed while *products* fails.
  const found = request.products.map(
    async ({ productId }) => [productId, await desk.products.of(productId).catch(() => null)] as const,
  );
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
      const isStarted = async () => (await readRequest(desk, orderId))?.status === 'IN_PROGRESS';
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
  const { asked, ask, no, end, isBack } = useAsked();
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
  const isLess = units === 0 || isShort(lines, work.ordered);
  const change = (productId: string, quantity: number) => {
    end();
    setProblemOfChange('');
    changes.set(productId, quantity);
  };
  const complete = () =>
    run(async () => {
      if (!(await changes.settled())) return;
      const isEnded = async () => ['COMPLETED', 'FAILED'].includes((await readRequest(desk, orderId))?.status ?? '');
      const now = await readRequest(desk, orderId);
      if (now?.status === 'IN_PROGRESS' && !hasSame(now, newest.current.request)) {
        show({ ...newest.current, request: now });
        no();
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
      <Problem text={(isLess && asked ? '' : problem) || problemOfChange} />
      <PickList lines={lines} products={work.products} ordered={work.ordered} change={change} />
      {!work.ordered && units > 0 && (
        <p class="notice plain">
          Packing was started with another device. Units that were taken out there are not shown as missing.
        </p>
      )}
      {isLess && (
        <p class="notice plain">
          {units === 0
            ? 'Nothing is in the package: the order ends, and the shopper pays nothing.'
            : 'Some units are missing: the shopper pays for what is in the package.'}
        </p>
      )}
      {isLess && asked ? (
        <Question
          key={units === 0 ? 'nothing' : 'less'}
          text={units === 0 ? 'End the order without a package?' : 'Complete the package without the missing units?'}
          problem={problem}
        >
          {units === 0 ? (
            <Button label="End without a package" kind="danger" onClick={complete} isBusy={isBusy} />
          ) : (
            <Button label="The package is complete" onClick={complete} isBusy={isBusy} />
          )}
          <Button kind="quiet" label="No" onClick={() => !isBusy && no()} />
        </Question>
      ) : (
        <div class="row">
          {isLess ? (
            <Button key="ask" label="Go on without them" takesFocus={isBack(true)} onClick={() => ask(true)} />
          ) : (
            <Button key="complete" label="The package is complete" onClick={complete} isBusy={isBusy} />
          )}
          <Button key="later" kind="quiet" label="Later" onClick={later} />
        </div>
      )}
    </>
  );
}

function withUnits(work: Work, unitsOf: (productId: string, quantity: number) => number): Work {
  const products = work.request.products.map((one) => ({ ...one, quantity: unitsOf(one.productId, one.quantity) }));
  return { ...work, request: { ...work.request, products } };
}

/** Whether both have the same units of each product. */
function hasSame(one: PackagingRequest, other: PackagingRequest): boolean {
  const units = ({ products }: PackagingRequest) =>
    JSON.stringify(products.map(({ productId, quantity }) => [productId, quantity]).sort());
  return units(one) === units(other);
}
