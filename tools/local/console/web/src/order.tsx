import './order.css';
import { useRef, useState } from 'preact/hooks';
import { envelopeOf, eventsAbout, timeline, type BusEvent, type Step } from './api';
import { Deliveries, isBad } from './events';
import { attempts, rowsOf, type Row } from './folding';
import { Logs } from './logs';
import { Heading, Json, Problem, short, Time, useGathered, useLoaded } from './parts';
import { address } from './router';
import { isAbout, useEvents } from './stream';

const GATHER_MS = 300;
const BEFORE_MS = 60_000;
const SIGNS: Partial<Record<Step['kind'], string>> = { failure: '!', 'dead letter': '✗', next: '›' };

/** The time since the first step, such as `+3.21 s`. */
function since(step: Step, start: number): string {
  if (!step.at) return '';
  const seconds = (Date.parse(step.at) - start) / 1000;
  if (seconds < 120) return `+${seconds.toFixed(2)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `+${minutes} min` : `+${Math.floor(minutes / 60)} h`;
}

/** The recorded event of a name that fits a step best: with its status, else the nearest in time. */
export function eventOf(name: string | undefined, step: Step, events: BusEvent[]): BusEvent | undefined {
  const named = events.filter((event) => event['detail-type'] === name);
  const now = (event: BusEvent) => (event.detail as { new?: { status?: string } } | null)?.new?.status;
  const fitting = named.filter((event) => now(event) === step.status);
  const distance = (event: BusEvent) => Math.abs(Date.parse(event.time) - Date.parse(step.at ?? event.time));
  return [...(fitting.length ? fitting : named)].sort((one, other) => distance(one) - distance(other))[0];
}

function StepDetails({ id, step, events, from }: { id: string; step: Step; events: BusEvent[]; from: string }) {
  const published = eventOf(step.event, step, events);
  const cause = eventOf(step.cause, step, events);
  const rows: [string, string | undefined][] = [
    ['Service', step.service],
    ['Status', step.status],
    ['Because of', step.cause],
    ['Publishes', step.event],
    ['Function', step.function],
    ['Correlation id', step.trace],
    ['Times', step.times ? `${step.times}, the last at ${step.until ?? 'an unknown time'}` : undefined],
  ];
  return (
    <>
      <h2>{step.what}</h2>
      <p>
        <Time at={step.at} />
      </p>
      <dl>
        {rows.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {step.detail && <Json value={step.detail} label="Details of the step" />}
      {step.kind === 'dead letter' && <a href={address('dead-letters')}>To the dead letters</a>}
      {published && (
        <>
          <h3>Event {published['detail-type']}</h3>
          <Deliveries
            deliveries={published.deliveries}
            since={published.time}
            event={envelopeOf(published)}
          />
          <Json value={published.detail} label={`Payload of ${published['detail-type']}`} />
        </>
      )}
      {cause && (
        <details>
          <summary>Its cause, {cause['detail-type']}</summary>
          <Json value={cause.detail} label={`Payload of ${cause['detail-type']}`} />
        </details>
      )}
      {step.kind !== 'next' && <Logs name={step.function ?? step.service} about={id} since={from} />}
      {step.event && !published && (
        <p class="quiet">The event is not among the newest that the cloud remembers; see the archive.</p>
      )}
    </>
  );
}

function StepButton({
  row,
  isChosen,
  isOpen,
  start,
  length,
  choose,
}: {
  row: Row;
  isChosen: boolean;
  isOpen: boolean;
  start: number;
  length: number;
  choose: () => void;
}) {
  const { step, group } = row;
  const what = group ? `${attempts(group)} failed attempts of ${short(step.function ?? step.service)}` : step.what;
  return (
    <button
      type="button"
      class={`step ${step.kind.replace(' ', '-')}${row.isInner ? ' inner' : ''}`}
      aria-pressed={group ? undefined : isChosen}
      aria-expanded={group && isOpen}
      onClick={choose}
    >
      <span class="sign" aria-hidden="true">
        {group ? (isOpen ? '▾' : '▸') : (SIGNS[step.kind] ?? '')}
      </span>
      <span class="since">{since(step, start)}</span>
      <span class="service">{step.service}</span>
      <span class="what">
        {step.kind === 'failure' && !group && <span class="hidden">failed: </span>}
        {what}
        {!group && step.times ? <strong> ×{step.times}</strong> : null}
      </span>
      {step.at && (
        <span
          class="place"
          aria-hidden="true"
          style={{ width: `${Math.max(1, ((Date.parse(step.at) - start) / length) * 100)}%` }}
        />
      )}
    </button>
  );
}

function Steps({ id, steps, events }: { id: string; steps: Step[]; events: BusEvent[] }) {
  const [chosen, setChosen] = useState('');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLOListElement>(null);
  const rows = rowsOf(steps, open);
  const row =
    rows.find((one) => one.key === chosen) ?? rows.find((one) => one.step.kind === 'dead letter') ?? rows[0];
  const times = steps.flatMap((one) => (one.at ? [Date.parse(one.at)] : []));
  const start = Math.min(...times);
  const length = Math.max(1, Math.max(...times) - start);
  const logsFrom = times.length ? new Date(start - BEFORE_MS).toISOString() : '';

  function choose(one: Row): void {
    setChosen(one.key);
    if (!one.group) return;
    const after = new Set(open);
    if (!after.delete(one.key)) after.add(one.key);
    setOpen(after);
  }

  function move(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = by === undefined || at < 0 ? undefined : rows[at + by];
    if (by === undefined || !next) return;
    event.preventDefault();
    setChosen(next.key);
    buttons[at + by]?.focus();
  }

  return (
    <div class="panes">
      <section aria-label="Steps">
        <p class="quiet">Choose a step; the arrow keys move.</p>
        <ol id="steps" ref={list} onKeyDown={move}>
          {rows.map((one) => (
            <li key={one.key}>
              <StepButton
                row={one}
                isChosen={one === row}
                isOpen={open.has(one.key)}
                start={start}
                length={length}
                choose={() => choose(one)}
              />
            </li>
          ))}
        </ol>
      </section>
      <section aria-label="The chosen step" id="step" aria-live="polite">
        {row && <StepDetails key={row.key} id={id} step={row.step} events={events} from={logsFrom} />}
      </section>
    </div>
  );
}

/** The events about the order that a target does not accept now: a function that does not start logs no order. */
function Failing({ events }: { events: BusEvent[] }) {
  const failing = events.flatMap((event) => event.deliveries.filter(isBad).map((one) => ({ event, one })));
  if (failing.length === 0) return null;
  return (
    <section aria-labelledby="failing">
      <h2 id="failing">What fails now</h2>
      <ul class="rows">
        {failing.map(({ event, one }) => (
          <li key={event.id + one.rule + one.target} class="bad">
            <a href={address('events', event.id)}>
              {event['detail-type']} {one.state} at {short(one.target)}
              {one.attempts > 1 && ` after ${one.attempts} attempts`}: {one.reason}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function OrderPage({ id }: { id: string }) {
  const { value, problem, load } = useLoaded(async () => {
    const [found, events] = await Promise.all([timeline(id), eventsAbout(id)]);
    return { found, events };
  }, [id]);
  const again = useGathered(() => void load(), GATHER_MS);
  useEvents((events, isRestart) => {
    if (isRestart || events.some((event) => isAbout(event, id))) again();
  }, [id]);
  return (
    <>
      <Heading>{`Order ${id}`}</Heading>
      <p>
        <a href={address('orders')}>All orders</a>
      </p>
      <Problem text={problem} />
      {!value && !problem && <p role="status">Reading the services …</p>}
      {value && (
        <>
          <p role="status" id="summary">
            {value.found.summary}
          </p>
          <Failing events={value.events} />
          <Steps id={id} steps={value.found.steps} events={value.events} />
        </>
      )}
    </>
  );
}
