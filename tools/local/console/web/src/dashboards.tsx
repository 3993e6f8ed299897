import { useEffect, useState } from 'preact/hooks';
import { dashboard, dashboards, type Dashboard, type Series, type Widget } from './api';
import { Heading, Problem, Time, useLoaded } from './parts';
import { address } from './router';
import './dashboards.css';

const REFRESH_MS = 15_000;
const HOURS = [1, 3, 12, 24];
const WIDTH = 600;
const HEIGHT = 160;
const COLOURS = ['#3b82f6', '#e0562f', '#22a06b', '#a855f7', '#c98a00', '#0aa2b8', '#d6336c', '#7a869a'];

export function DashboardsPage({ id }: { id: string }) {
  const [hours, setHours] = useState(1);
  const names = useLoaded(dashboards, []);
  const shown = id || names.value?.[0] || '';
  const { value, problem, load } = useLoaded<Dashboard | undefined>(
    async () => (shown ? dashboard(shown, hours) : undefined),
    [shown, hours],
  );
  useEffect(() => {
    const timer = setInterval(() => void load(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [load]);
  return (
    <>
      <Heading>Dashboards</Heading>
      <search class="filters">
        <label>
          Dashboard
          <select
            value={shown}
            onChange={(event) => (location.hash = address('dashboards', event.currentTarget.value).slice(1))}
          >
            {names.value?.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Time
          <select value={hours} onChange={(event) => setHours(Number(event.currentTarget.value))}>
            {HOURS.map((each) => (
              <option key={each} value={each}>
                {each === 1 ? 'the last hour' : `the last ${each} hours`}
              </option>
            ))}
          </select>
        </label>
      </search>
      <Problem text={names.problem || problem} />
      {names.value?.length === 0 && <p>No dashboard is deployed.</p>}
      <div id="dashboard" class="dashboard">
        {value?.widgets.map((widget, at) => <OneWidget key={`${value.name} ${at}`} widget={widget} drawn={value} />)}
      </div>
    </>
  );
}

function OneWidget({ widget, drawn }: { widget: Widget; drawn: Dashboard }) {
  const size = widget.width >= 24 ? 'full' : widget.width >= 12 ? 'half' : 'third';
  switch (widget.kind) {
    case 'text':
      return <p class={`widget quiet ${size}`}>{plain(widget.text ?? '')}</p>;
    case 'alarm':
      return (
        <section class={`widget ${size}`} aria-label={widget.title}>
          <h2>{widget.title}</h2>
          <ul class="states">
            {widget.alarms?.map((alarm) => (
              <li key={alarm.name} class={alarm.state === 'ALARM' ? 'failed' : ''}>
                <strong>{alarm.state}</strong> {alarm.name} {alarm.state === 'ALARM' && <Time at={alarm.since} />}
              </li>
            ))}
          </ul>
        </section>
      );
    case 'metric':
      return (
        <section class={`widget ${size}`} aria-label={widget.title}>
          <h2>{widget.title}</h2>
          <Chart widget={widget} begin={Date.parse(drawn.begin)} end={Date.parse(drawn.end)} />
        </section>
      );
    default:
      return <p class={`widget quiet ${size}`}>A widget of the type {widget.kind} is not drawn here.</p>;
  }
}

/** The text of a widget without its Markdown. A heading is followed by a colon. */
function plain(text: string): string {
  return text
    .trim()
    .replace(/^#+ *(.*)\n+/gm, '$1: ')
    .replace(/[#*]/g, '');
}

function Chart({ widget, begin, end }: { widget: Widget; begin: number; end: number }) {
  const series = widget.series ?? [];
  const most = Math.max(0, ...series.flatMap((one) => one.points.map(([, value]) => value)));
  const highest = most > 0 ? most : 1;
  const x = (at: string) => ((Date.parse(at) - begin) / (end - begin)) * WIDTH;
  const y = (value: number) => HEIGHT - (value / highest) * HEIGHT;
  return (
    <>
      <svg viewBox={`-4 -8 ${WIDTH + 8} ${HEIGHT + 16}`} role="img" aria-label={summary(widget.title, series)}>
        <line x1={0} y1={HEIGHT} x2={WIDTH} y2={HEIGHT} class="axis" />
        <line x1={0} y1={0} x2={WIDTH} y2={0} class="axis faint" />
        {series.map((one, at) => (
          <g key={one.label} stroke={COLOURS[at % COLOURS.length]} fill={COLOURS[at % COLOURS.length]}>
            {pieces(one, widget.period ?? 60).map((piece) => (
              <polyline
                key={piece[0]![0]}
                points={piece.map(([when, value]) => `${x(when).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}
                fill="none"
                stroke-width={2}
              />
            ))}
            {one.points.map(([when, value]) => (
              <circle key={when} cx={x(when)} cy={y(value)} r={2.5}>
                <title>{`${one.label}: ${rounded(value)} at ${new Date(when).toLocaleTimeString()}`}</title>
              </circle>
            ))}
          </g>
        ))}
      </svg>
      <p class="scale quiet">
        <span>{new Date(begin).toLocaleTimeString()}</span>
        <span>{most > 0 ? `the highest value is ${rounded(highest)}` : 'no values above 0'}</span>
        <span>{new Date(end).toLocaleTimeString()}</span>
      </p>
      <ul class="legend">
        {series.map((one, at) => (
          <li key={one.label}>
            <svg viewBox="0 0 10 10" aria-hidden="true">
              <rect width={10} height={10} fill={COLOURS[at % COLOURS.length]} />
            </svg>
            {one.label} <span class="quiet">last {last(one)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** A line is broken where periods have no value. */
function pieces(one: Series, period: number): Series['points'][] {
  const found: Series['points'][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const point of one.points) {
    const at = Date.parse(point[0]);
    if (at - before > period * 1000) found.push([]);
    found.at(-1)!.push(point);
    before = at;
  }
  return found;
}

function last(one: Series): string {
  const point = one.points.at(-1);
  return point ? rounded(point[1]) : 'none';
}

function summary(title: string, series: Series[]): string {
  return `${title}. The newest values: ${series.map((one) => `${one.label} ${last(one)}`).join(', ')}`;
}

function rounded(value: number): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 2 : 0 });
}
