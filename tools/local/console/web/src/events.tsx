import { useEffect, useRef, useState } from 'preact/hooks';
import { checkEvent, envelopeOf, replay, type BusEvent, type Delivery, type Envelope } from './api';
import { sent } from './catalogue';
import { EventEditor } from './editor';
import { Logs } from './logs';
import { Heading, Json, short, Time, useLoaded } from './parts';
import { address } from './router';
import { useEvents, useStream } from './stream';

const SHOWN = 200;
/** A function got the event, and has logs. */
const RAN = new Set<Delivery['state']>(['retrying', 'succeeded', 'failed']);
const ANNOUNCE_MS = 3000;

export function isBad(delivery: Delivery): boolean {
  return delivery.state === 'retrying' || delivery.state === 'failed';
}

/** Sends the event once more to the targets of a rule, and says so. */
function Again({ rule, event }: { rule: string; event: Envelope }) {
  const [said, setSaid] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function send(): Promise<void> {
    setBusy(true);
    try {
      setSaid(`Sent again to ${await replay(rule, event)} of its targets.`);
    } catch (error) {
      setSaid((error as Error).message);
    }
    setBusy(false);
  }
  return (
    <>
      {' '}
      <button type="button" disabled={isBusy} onClick={() => void send()} aria-label={`Send again by rule ${short(rule)}`}>
        Send again
      </button>
      <span role="status"> {said}</span>
    </>
  );
}

/** `since`: from when their logs are read. `event`: it can be sent again. */
export function Deliveries({
  deliveries,
  since,
  event,
}: {
  deliveries: Delivery[];
  since: string;
  event?: Envelope | undefined;
}) {
  if (deliveries.length === 0) return <p>No rule matches it.</p>;
  return (
    <ul class="deliveries">
      {deliveries.map((one) => (
        <li key={one.rule + one.target} class={isBad(one) ? 'bad' : ''}>
          <strong>{one.state}</strong> {short(one.target)} <span class="quiet">by rule {short(one.rule)}</span>
          {one.attempts > 1 && ` after ${one.attempts} attempts`}
          {one.reason && <span class="reason">{one.reason}</span>}
          {event && <Again rule={one.rule} event={event} />}
          {RAN.has(one.state) && <Logs name={one.target} since={since} />}
        </li>
      ))}
    </ul>
  );
}

function outcome(event: BusEvent): string {
  const failing = event.deliveries.filter(isBad).length;
  const total = event.deliveries.length;
  return failing ? `${failing} of ${total} failing` : total === 1 ? '1 target' : `${total} targets`;
}

const texts = new WeakMap<BusEvent, string>();

function textOf(event: BusEvent): string {
  const text = texts.get(event) ?? JSON.stringify(event).toLowerCase();
  texts.set(event, text);
  return text;
}

/** Whether an event has all words of the filter in its source, type, ids or detail. */
export function matches(event: BusEvent, words: string[]): boolean {
  return words.every((word) => textOf(event).includes(word));
}

/** Says how many events came, at most every few seconds, so that a screen reader can follow. */
function News() {
  const [news, setNews] = useState('');
  const count = useRef(0);
  useEvents((events, isRestart) => {
    if (!isRestart) count.current += events.length;
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (count.current) setNews(`${count.current} events new or changed`);
      count.current = 0;
    }, ANNOUNCE_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="hidden" aria-live="polite">
      {news}
    </p>
  );
}

/** Whether the event fits its schema. */
function Verdict({ event }: { event: BusEvent }) {
  const { value } = useLoaded(() => checkEvent(envelopeOf(event)), [event.id]);
  if (!value) return null;
  if (!value.known) return <p class="quiet">The catalogue does not have this event.</p>;
  return (
    <p class={value.problem ? 'verdict problem' : 'verdict'}>
      {value.problem ? `It does not fit its schema: ${value.problem}.` : 'It fits its schema.'}{' '}
      <a href={address('catalogue', `${event.source}.${event['detail-type']}`)}>
        {event['detail-type']} in the catalogue
      </a>
    </p>
  );
}

function Details({ event, isPlatform }: { event: BusEvent; isPlatform: boolean }) {
  return (
    <>
      <h2>{event['detail-type']}</h2>
      <p>
        <Time at={event.time} /> on {event.bus} from {event.source}, id {event.id}
        {event.times > 1 && `, seen ${event.times} times (replayed or forwarded)`}
      </p>
      {isPlatform && event.detail !== null && typeof event.detail === 'object' && 'orderId' in event.detail && (
        <p>
          <a href={address('orders', String(event.detail.orderId))}>To the order</a>
        </p>
      )}
      <h3>Who received it</h3>
      <Deliveries
        deliveries={event.deliveries}
        since={event.time}
        event={isPlatform ? envelopeOf(event) : undefined}
      />
      <h3>Detail</h3>
      {isPlatform && <Verdict event={event} />}
      <Json value={event.detail} label="Detail of the event" />
      {isPlatform && (
        <details>
          <summary>Send a changed copy</summary>
          <p>It is a new event, with a new id, for every consumer.</p>
          <EventEditor event={envelopeOf(event)} sendLabel="Send" send={sent} />
        </details>
      )}
    </>
  );
}

/** `isPlatform`: the catalogue, the logs and the orders of this platform can be asked. */
export function EventsPage({ id, isPlatform }: { id: string; isPlatform: boolean }) {
  const { events } = useStream();
  const [source, setSource] = useState('');
  const [type, setType] = useState('');
  const [text, setText] = useState('');
  const [kept, setKept] = useState<BusEvent[] | undefined>();
  const all = kept ?? events;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const sources = [...new Set(all.map((event) => event.source))].sort();
  const types = [...new Set(all.map((event) => event['detail-type']))].sort();
  const found = all.filter(
    (event) =>
      (!source || event.source === source) && (!type || event['detail-type'] === type) && matches(event, words),
  );
  const shown = found.slice(-SHOWN).reverse();
  const chosen = all.find((event) => event.id === id);
  return (
    <>
      <Heading>Events</Heading>
      <search class="filters">
        <label>
          Source
          <select value={source} onChange={(event) => setSource(event.currentTarget.value)}>
            <option value="">all</option>
            {sources.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Type
          <select value={type} onChange={(event) => setType(event.currentTarget.value)}>
            <option value="">all</option>
            {types.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Id or text
          <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <button type="button" aria-pressed={kept !== undefined} onClick={() => setKept(kept ? undefined : events)}>
          Pause
        </button>
        {isPlatform && <a href={address('catalogue')}>Catalogue of events</a>}
      </search>
      <News />
      <div class="panes">
        <section aria-label="The newest events">
          <p class="quiet">
            {found.length} events{found.length > SHOWN && `, the newest ${SHOWN} shown`}
          </p>
          <ol id="events" class="rows">
            {shown.map((event) => (
              <li key={event.id} class={event.deliveries.some(isBad) ? 'bad' : ''}>
                <a href={address('events', event.id)} aria-current={event.id === id ? 'true' : undefined}>
                  <Time at={event.time} /> <strong>{event['detail-type']}</strong>{' '}
                  <span class="quiet">{event.source}</span> {event.resources[0]}{' '}
                  <span class="quiet">{outcome(event)}</span>
                </a>
              </li>
            ))}
          </ol>
        </section>
        <section aria-label="The chosen event" id="event" aria-live="polite">
          {chosen && <Details key={chosen.id} event={chosen} isPlatform={isPlatform} />}
          {!chosen && <p class="quiet">{id ? 'The event is not among those remembered.' : 'Choose an event.'}</p>}
        </section>
      </div>
    </>
  );
}
