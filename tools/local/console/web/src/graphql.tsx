import './graphql.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { graphqlApi, type Api } from './api';
import { Heading, Problem, useLoaded } from './parts';
import text from './queries.graphql?raw';

interface Query {
  person: string;
  title: string;
  text: string;
}

/** The operations of the file. The comment above each names the person who may send it. */
export const QUERIES: Query[] = text
  .trim()
  .split(/\n(?=# )/)
  .map((block) => {
    const [, person = '', title = ''] = /^# (?:(\w+): |\(API key\) )(.*)/.exec(block) ?? [];
    return { person, title, text: `${block.trim()}\n` };
  });

function nameOf(person: string): string {
  return person || 'the API key, without a person';
}

function Workbench({ api }: { api: Api }) {
  const [person, setPerson] = useState('shopper');
  const [query, setQuery] = useState(QUERIES.find((one) => one.person === 'shopper')!);
  const [problem, setProblem] = useState('');
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let close: (() => void) | undefined;
    let isGone = false;
    // A part of its own: only this page loads it.
    import('./graphiql')
      .then(({ show }) => {
        if (!isGone && place.current) close = show(place.current, person, query.text);
      })
      .catch((error: Error) => setProblem(`GraphiQL could not be loaded: ${error.message}`));
    return () => {
      isGone = true;
      close?.();
    };
  }, [person, query]);
  return (
    <>
      <search class="filters">
        <label>
          Signed in as
          <select id="person" value={person} onChange={(event) => setPerson(event.currentTarget.value)}>
            {api.people.map((one) => (
              <option key={one.name} value={one.name}>
                {nameOf(one.name)} {one.email && `(${one.email})`}
              </option>
            ))}
          </select>
        </label>
        <label>
          Ready-made queries
          <select
            id="query"
            value={query.title}
            onChange={(event) => {
              const found = QUERIES.find((one) => one.title === event.currentTarget.value);
              if (!found) return;
              setQuery(found);
              setPerson(found.person);
            }}
          >
            {QUERIES.map((one) => (
              <option key={one.title} value={one.title}>
                {one.person || 'API key'}: {one.title}
              </option>
            ))}
          </select>
        </label>
      </search>
      <p class="quiet">
        Requests go to {api.url} as {nameOf(person)}. Ctrl-Enter sends one. Subscriptions need a client with
        WebSockets.
      </p>
      <Problem text={problem} />
      <div id="graphiql" key={`${person} ${query.title}`} ref={place} />
    </>
  );
}

export function GraphqlPage() {
  const { value, problem } = useLoaded(graphqlApi, []);
  return (
    <>
      <Heading>GraphiQL</Heading>
      <Problem text={problem} />
      {value && <Workbench api={value} />}
    </>
  );
}
