import { useEffect, useState } from 'preact/hooks';
import { alarms, serviceMap, type EventOfMap } from './api';
import { isBad } from './events';
import { Heading, Problem, short, Time, useLoaded } from './parts';
import { address } from './router';
import { isFailing, ServiceMap } from './service_map';
import { useStream } from './stream';
import './now.css';

const ALARMS_MS = 5000;
const MINUTE = 60_000;
const FAILURES = 10;

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
              {alarm.name.endsWith('dead-letters') && <a href={address('dead-letters')}>To the dead letters</a>}
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

function Failures() {
  const failing = useStream().events.filter(isFailing).slice(-FAILURES).reverse();
  return (
    <section aria-labelledby="failures">
      <h2 id="failures">Failures</h2>
      {failing.length === 0 && <p>No event of those remembered is failing.</p>}
      <ul class="rows">
        {failing.map((event) => (
          <li key={event.id} class="bad">
            <a href={address('events', event.id)}>
              <Time at={event.time} /> <strong>{event['detail-type']}</strong> at{' '}
              {event.deliveries
                .filter(isBad)
                .map((one) => short(one.target))
                .join(', ')}{' '}
              <span class="quiet">{event.resources[0]}</span>
            </a>
          </li>
        ))}
      </ul>
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
  const count = (one: EventOfMap) =>
    last.filter((event) => event.source === one.source && event['detail-type'] === one.name).length;
  return (
    <section aria-labelledby="rates">
      <h2 id="rates">Events in the last minute: {last.length}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="rates">
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
                <th scope="row">
                  <a href={address('catalogue', `${one.source}.${one.name}`)}>{one.name}</a>
                </th>
                <td>{one.producer}</td>
                <td>{one.consumers.join(', ') || 'no service yet'}</td>
                <td class="number">{count(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function NowPage() {
  const { value, problem } = useLoaded(serviceMap, []);
  return (
    <>
      <Heading>Now</Heading>
      <Problem text={problem} />
      <div class="overview">
        {value && <ServiceMap events={value} />}
        <div>
          <Alarms />
          <Failures />
        </div>
      </div>
      {value && <Rates events={value} />}
    </>
  );
}
