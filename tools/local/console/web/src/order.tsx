import { useEffect, useRef, useState } from 'preact/hooks';
import { eventsAbout, timeline, type BusEvent, type Step } from './api';
import { Deliveries } from './events';
import { Logs } from './logs';
import { Heading, Json, Problem, Time, useGathered, useLoaded } from './parts';
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
          <Deliveries deliveries={published.deliveries} since={published.time} />
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

export function OrderPage({ id }: { id: string }) {
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLOListElement>(null);
  const { value, problem, load } = useLoaded(async () => {
    const [found, events] = await Promise.all([timeline(id), eventsAbout(id)]);
    return { found, events };
  }, [id]);
  const again = useGathered(() => void load(), GATHER_MS);
  useEvents((events, fresh) => {
    if (fresh || events.some((event) => isAbout(event, id))) again();
  }, [id]);
  useEffect(() => setChosen(0), [id]);

  const steps = value?.found.steps ?? [];
  const step = steps[Math.min(chosen, steps.length - 1)];
  const times = steps.flatMap((one) => (one.at ? [Date.parse(one.at)] : []));
  const start = Math.min(...times);
  const length = Math.max(1, Math.max(...times) - start);
  const logsFrom = times.length ? new Date(start - BEFORE_MS).toISOString() : '';

  function move(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(steps.length - 1, chosen + by));
    setChosen(next);
    list.current?.querySelectorAll('button')[next]?.focus();
  }

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
          <div class="panes">
            <section aria-label="Steps">
              <p class="quiet">Choose a step; the arrow keys move.</p>
              <ol id="steps" ref={list} onKeyDown={move}>
                {steps.map((one, place) => (
                  <li key={place}>
                    <button
                      type="button"
                      class={`step ${one.kind.replace(' ', '-')}`}
                      aria-pressed={one === step}
                      onClick={() => setChosen(place)}
                    >
                      <span class="sign" aria-hidden="true">
                        {SIGNS[one.kind] ?? ''}
                      </span>
                      <span class="since">{since(one, start)}</span>
                      <span class="service">{one.service}</span>
                      <span class="what">
                        {one.kind === 'failure' && <span class="hidden">failed: </span>}
                        {one.what}
                        {one.times ? <strong> ×{one.times}</strong> : null}
                      </span>
                      {one.at && (
                        <span
                          class="place"
                          aria-hidden="true"
                          style={{ width: `${Math.max(1, ((Date.parse(one.at) - start) / length) * 100)}%` }}
                        />
                      )}
                    </button>
                  </li>
                ))}
              </ol>
            </section>
            <section aria-label="The chosen step" id="step" aria-live="polite">
              {step && <StepDetails key={step.service + step.what + step.at} id={id} step={step} events={value.events} from={logsFrom} />}
            </section>
          </div>
        </>
      )}
    </>
  );
}
