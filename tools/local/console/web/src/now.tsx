import { useEffect, useRef, useState } from 'preact/hooks';
import { alarms, serviceMap, type BusEvent, type EventOfMap } from './api';
import { isBad } from './events';
import { Heading, Problem, short, Time, useLoaded } from './parts';
import { address } from './router';
import { useEvents, useStream } from './stream';
import './now.css';

const FLASH_MS = 1200;
const ALARMS_MS = 5000;
const MINUTE = 60_000;
const FAILURES = 10;
const WIDTH = 900;
const HEIGHT = 560;
const BOX = { width: 150, height: 36 };

interface Arrow {
  key: string;
  from: string;
  to: string;
  events: string[];
}

/** One arrow for each pair of services with events from one to the other. */
export function arrowsOf(events: EventOfMap[]): Arrow[] {
  const found = new Map<string, Arrow>();
  for (const event of events) {
    for (const to of event.consumers) {
      const key = `${event.producer}>${to}`;
      const arrow = found.get(key) ?? { key, from: event.producer, to, events: [] };
      arrow.events.push(event.name);
      found.set(key, arrow);
    }
  }
  return [...found.values()];
}

/** The services on an ellipse, in the order of the alphabet. */
function placesOf(names: string[]): Map<string, { x: number; y: number }> {
  return new Map(
    names.map((name, place) => {
      const angle = (2 * Math.PI * place) / names.length - Math.PI / 2;
      return [
        name,
        {
          x: WIDTH / 2 + (WIDTH / 2 - BOX.width / 2 - 10) * Math.cos(angle),
          y: HEIGHT / 2 + (HEIGHT / 2 - BOX.height) * Math.sin(angle),
        },
      ] as const;
    }),
  );
}

function path(from: { x: number; y: number }, to: { x: number; y: number }): string {
  // Bent to the left of its direction, so that an arrow and its opposite are apart; it ends at the edge of the box.
  const away = { x: (to.y - from.y) / 8, y: (from.x - to.x) / 8 };
  const bend = { x: (from.x + to.x) / 2 + away.x, y: (from.y + to.y) / 2 + away.y };
  const [dx, dy] = [bend.x - to.x, bend.y - to.y];
  const edge = Math.min(1, (BOX.width / 2 + 3) / Math.abs(dx || 1), (BOX.height / 2 + 3) / Math.abs(dy || 1));
  return `M${from.x} ${from.y}Q${bend.x} ${bend.y} ${to.x + dx * edge} ${to.y + dy * edge}`;
}

/** What flashes when an event passes: its producer, and its arrows. */
function keysOf(event: EventOfMap): string[] {
  return [event.producer, ...event.consumers.map((to) => `${event.producer}>${to}`)];
}

function isFailing(event: BusEvent): boolean {
  return event.deliveries.some(isBad);
}

/** The service whose resource a target is: the longest name with which it begins. */
function serviceOf(target: string, names: string[]): string {
  const name = short(target);
  return names.filter((one) => name.startsWith(`${one}-`)).sort((one, other) => other.length - one.length)[0] ?? '';
}

function ServiceMap({ events }: { events: EventOfMap[] }) {
  const [bright, setBright] = useState(new Set<string>());
  const stream = useStream().events;
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const arrows = arrowsOf(events);
  const names = [...new Set(events.flatMap((event) => [event.producer, ...event.consumers]))].sort();
  const places = placesOf(names);
  const now = Date.now();
  const red = new Set(
    stream
      .filter((event) => now - Date.parse(event.time) < MINUTE)
      .flatMap((event) => event.deliveries.filter(isBad))
      .map((one) => serviceOf(one.target, names)),
  );

  function flash(keys: string[]): void {
    setBright((before) => new Set([...before, ...keys]));
    for (const key of keys) {
      clearTimeout(timers.current.get(key));
      timers.current.set(
        key,
        setTimeout(() => setBright((before) => new Set([...before].filter((one) => one !== key))), FLASH_MS),
      );
    }
  }

  useEvents(
    (changed, fresh) => {
      if (fresh) return;
      const seen = new Set(changed.map((event) => `${event.source}/${event['detail-type']}`));
      const passed = events.filter((event) => seen.has(`${event.source}/${event.name}`));
      if (passed.length) flash(passed.flatMap(keysOf));
    },
    [events],
  );
  useEffect(() => () => timers.current.forEach(clearTimeout), []);

  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label="Services and the events between them; the table below says the same"
    >
      <defs>
        <marker
          id="tip"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerUnits="userSpaceOnUse"
          markerWidth="11"
          markerHeight="11"
          orient="auto"
        >
          <path d="M0 0L8 4L0 8z" class="tip" />
        </marker>
      </defs>
      {arrows.map((arrow) => (
        <path
          key={arrow.key}
          class={bright.has(arrow.key) ? 'arrow bright' : 'arrow'}
          d={path(places.get(arrow.from)!, places.get(arrow.to)!)}
          marker-end="url(#tip)"
        >
          <title>{`${arrow.from} to ${arrow.to}: ${arrow.events.join(', ')}`}</title>
        </path>
      ))}
      {[...places].map(([name, { x, y }]) => (
        <g key={name} class={`box${bright.has(name) ? ' bright' : ''}${red.has(name) ? ' red' : ''}`}>
          <rect x={x - BOX.width / 2} y={y - BOX.height / 2} width={BOX.width} height={BOX.height} rx="6" />
          <text x={x} y={y + 5}>
            {name}
          </text>
        </g>
      ))}
    </svg>
  );
}

function Alarms() {
  const { value, problem, load } = useLoaded(alarms, []);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void load();
    }, ALARMS_MS);
    return () => clearInterval(timer);
  }, [load]);
  return (
    <section aria-labelledby="alarms">
      <h2 id="alarms">Alarms</h2>
      <Problem text={problem} />
      <div role="status">
        {value?.length === 0 && <p>No alarm is in ALARM.</p>}
        <ul class="cards">
          {value?.map((alarm) => (
            <li key={alarm.name} class="bad">
              <h3>{alarm.name}</h3>
              <p>{alarm.description}</p>
              <p class="quiet">
                since <Time at={alarm.since} />: {alarm.reason}
              </p>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Rates({ events }: { events: EventOfMap[] }) {
  const stream = useStream().events;
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const last = stream.filter((event) => now - Date.parse(event.time) < MINUTE);
  const failing = stream.filter(isFailing).slice(-FAILURES).reverse();
  const count = (one: EventOfMap) =>
    last.filter((event) => event.source === one.source && event['detail-type'] === one.name).length;
  return (
    <>
      <section aria-labelledby="failures">
        <h2 id="failures">Failures</h2>
        {failing.length === 0 && <p>No event of those remembered is failing.</p>}
        <ul class="rows">
          {failing.map((event) => (
            <li key={event.id} class="bad">
              <a href={address('events', event.id)}>
                <Time at={event.time} /> <strong>{event['detail-type']}</strong> {event.resources[0]}
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="rates">
        <h2 id="rates">Events in the last minute: {last.length}</h2>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Event</th>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col" class="number">
                  Last minute
                </th>
              </tr>
            </thead>
            <tbody>
              {events.map((one) => (
                <tr key={one.source + one.name}>
                  <th scope="row">{one.name}</th>
                  <td>{one.producer}</td>
                  <td>{one.consumers.join(', ') || 'no service yet'}</td>
                  <td class="number">{count(one)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

export function NowPage() {
  const { value, problem } = useLoaded(serviceMap, []);
  return (
    <>
      <Heading>Now</Heading>
      <Problem text={problem} />
      {value && <ServiceMap events={value} />}
      <Alarms />
      {value && <Rates events={value} />}
    </>
  );
}
