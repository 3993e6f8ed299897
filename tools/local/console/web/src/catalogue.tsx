import { useState } from 'preact/hooks';
import { catalogue, sendEvent, type CatalogueEvent } from './api';
import { EventEditor } from './editor';
import { Heading, Json, Problem, useLoaded } from './parts';
import { address } from './router';

/** Sends an event, and links to it. */
export async function sent(event: unknown) {
  const id = await sendEvent(event);
  return (
    <>
      Sent: <a href={address('events', id)}>see who received it</a>
    </>
  );
}

/** The meaning of a field; links of the Markdown page are its words here. */
function plain(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
}

function Sender({ event }: { event: CatalogueEvent }) {
  const [chosen, setChosen] = useState(0);
  const example = event.examples[chosen];
  if (!example) return <p>The catalogue has no example.</p>;
  return (
    <details>
      <summary>Send an example</summary>
      <p>
        Every consumer acts on it: {event.consumers.join(', ') || 'none yet'}. EventBridge gives it a new id.
      </p>
      <label>
        Example
        <select value={chosen} onChange={(change) => setChosen(Number(change.currentTarget.value))}>
          {event.examples.map((one, place) => (
            <option key={place} value={place}>
              {one.variant || 'typical'}
            </option>
          ))}
        </select>
      </label>
      <EventEditor key={chosen} event={example.event} sendLabel="Send" send={sent} />
    </details>
  );
}

function Details({ event }: { event: CatalogueEvent }) {
  return (
    <>
      <h2>{event.name}</h2>
      <p>{event.description}</p>
      <dl>
        <div>
          <dt>Sent by</dt>
          <dd>
            {event.producer}, {event.source}
          </dd>
        </div>
        <div>
          <dt>Read by</dt>
          <dd>{event.consumers.join(', ') || 'no service yet'}</dd>
        </div>
        <div>
          <dt>Ordered by</dt>
          <dd>{event.orderingKey}</dd>
        </div>
        <div>
          <dt>Schema</dt>
          <dd>
            <a href={`/_local/events/${event.file}`}>{event.file}</a>
          </dd>
        </div>
      </dl>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Fields of ${event.name}`}>
        <table>
          <caption>Fields of the detail</caption>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Type</th>
              <th scope="col">Meaning</th>
            </tr>
          </thead>
          <tbody>
            {event.fields.map((field) => (
              <tr key={field.name}>
                <th scope="row">
                  <code>{field.name}</code>
                </th>
                <td>
                  {plain(field.kind)}
                  {!field.required && ', optional'}
                </td>
                <td>{plain(field.meaning)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Sender event={event} />
      {event.examples[0] && (
        <details>
          <summary>The typical example</summary>
          <Json value={event.examples[0].event} label={`Example of ${event.name}`} />
        </details>
      )}
    </>
  );
}

export function CataloguePage({ id }: { id: string }) {
  const [words, setWords] = useState('');
  const { value, problem } = useLoaded(catalogue, []);
  const wanted = words.trim().toLowerCase();
  const found = value?.filter((event) => JSON.stringify(event).toLowerCase().includes(wanted)) ?? [];
  const chosen = value?.find((event) => `${event.source}.${event.name}` === id);
  return (
    <>
      <Heading>Catalogue of events</Heading>
      <search class="filters">
        <label>
          Contains
          <input type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
        </label>
        <a href="/_local/events">The whole catalogue as one page</a>
        <a href="/_local/events/asyncapi.yaml">AsyncAPI document</a>
      </search>
      <Problem text={problem} />
      <div class="panes">
        <section aria-label="Events of the catalogue">
          <ol id="catalogue" class="rows">
            {found.map((event) => (
              <li key={event.source + event.name}>
                <a
                  href={address('catalogue', `${event.source}.${event.name}`)}
                  aria-current={event === chosen ? 'true' : undefined}
                >
                  <strong>{event.name}</strong>{' '}
                  <span class="quiet">
                    {event.producer} → {event.consumers.join(', ') || 'no service yet'}
                  </span>
                </a>
              </li>
            ))}
          </ol>
        </section>
        <section aria-label="The chosen event" id="entry" aria-live="polite">
          {chosen ? <Details key={id} event={chosen} /> : <p class="quiet">Choose an event.</p>}
        </section>
      </div>
    </>
  );
}
