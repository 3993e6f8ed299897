import { useEffect, useRef, useState } from 'preact/hooks';
import type { BusEvent, EventOfMap } from './api';
import { isBad } from './events';
import { short } from './parts';
import { useEvents, useStream } from './stream';

const FLASH_MS = 1200;
const MOST_MOVING = 40;
/** How long a final failure stays red; what is retried is red until it succeeds. */
const RED_MS = 300_000;
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

type Places = Map<string, { x: number; y: number }>;

/** The services on an ellipse, in the order of the alphabet. */
function placesOf(names: string[]): Places {
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

interface Moving {
  number: number;
  arrow: Arrow;
  isBad: boolean;
}

/** Events on their way along their arrows. The style sheet moves them, unless the reader wants less motion. */
function Movers({ moving, places }: { moving: Moving[]; places: Places }) {
  return (
    <g aria-hidden="true">
      {moving.map(({ number, arrow, isBad }) => (
        <circle
          key={number}
          class={isBad ? 'mover bad' : 'mover'}
          r="6"
          style={{ offsetPath: `path("${path(places.get(arrow.from)!, places.get(arrow.to)!)}")` }}
        />
      ))}
    </g>
  );
}

export function isFailing(event: BusEvent): boolean {
  return event.deliveries.some(isBad);
}

/** The service whose resource a target is: the longest name with which it begins. */
function serviceOf(target: string, names: string[]): string {
  const name = short(target);
  return names.filter((one) => name.startsWith(`${one}-`)).sort((one, other) => other.length - one.length)[0] ?? '';
}

export function ServiceMap({ events }: { events: EventOfMap[] }) {
  const [bright, setBright] = useState(new Set<string>());
  const [moving, setMoving] = useState<Moving[]>([]);
  const stream = useStream().events;
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const known = useRef(new Map<string, string>());
  const count = useRef(0);
  const arrows = arrowsOf(events);
  const names = [...new Set(events.flatMap((event) => [event.producer, ...event.consumers]))].sort();
  const places = placesOf(names);
  const now = Date.now();
  const red = new Set(
    stream.flatMap((event) =>
      event.deliveries
        .filter((one) => one.state === 'retrying' || (isBad(one) && now - Date.parse(event.time) < RED_MS))
        .map((one) => serviceOf(one.target, names)),
    ),
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

  /** Each event moves once, and once more when a target begins to fail. */
  function move(changed: BusEvent[]): void {
    const fresh = changed.flatMap((event) => {
      const state = isFailing(event) ? 'failing' : 'sent';
      if (known.current.get(event.id) === state) return [];
      known.current.set(event.id, state);
      const failing = new Set(event.deliveries.filter(isBad).map((one) => serviceOf(one.target, names)));
      const named = events.find((one) => one.source === event.source && one.name === event['detail-type']);
      return arrows
        .filter((arrow) => arrow.from === named?.producer && named.consumers.includes(arrow.to))
        .map((arrow) => ({ number: ++count.current, arrow, isBad: failing.has(arrow.to) }));
    });
    if (fresh.length === 0) return;
    setMoving((before) => [...before, ...fresh].slice(-MOST_MOVING));
    const last = count.current;
    const timer = setTimeout(() => {
      setMoving((before) => before.filter((one) => one.number > last));
    }, FLASH_MS);
    timers.current.set(`moving ${last}`, timer);
  }

  useEvents(
    (changed, isRestart) => {
      if (isRestart) return;
      const seen = new Set(changed.map((event) => `${event.source}/${event['detail-type']}`));
      const passed = events.filter((event) => seen.has(`${event.source}/${event.name}`));
      if (passed.length) flash(passed.flatMap(keysOf));
      move(changed);
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
      <Movers moving={moving} places={places} />
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
