import { useCallback } from 'preact/hooks';
import { Heading, Loading, Problem, useLoaded } from '../parts';
import { useDesk, useRegularly } from './context';
import { getNewRequests, getStartedRequests } from './documents';

const EVERY_MS = 10_000;

/** What is to be packed, the oldest first; what was started is above. */
export function PackingPage() {
  const { api } = useDesk();
  const read = useCallback(async () => {
    const [fresh, started] = await Promise.all([
      api.ask(getNewRequests, { nextToken: null }),
      api.ask(getStartedRequests, { nextToken: null }),
    ]);
    return { fresh: fresh.getNewPackagingRequestIds, started: started.getStartedPackagingRequestIds };
  }, [api]);
  const { value, problem, load } = useLoaded(read, []);
  useRegularly(load, EVERY_MS);
  return (
    <>
      <Heading>Packing</Heading>
      <Problem text={problem} retry={load} />
      {!value && !problem && <Loading what="the queue" />}
      {value && value.started.packagingRequestIds.length > 0 && (
        <>
          <h2>Started</h2>
          <Queue ids={value.started.packagingRequestIds} label="Go on" />
        </>
      )}
      {value && (
        <>
          <h2>To pack</h2>
          {value.fresh.packagingRequestIds.length === 0 ? (
            <p class="empty">Nothing is waiting.</p>
          ) : (
            <Queue ids={value.fresh.packagingRequestIds} label="Pack" />
          )}
          {value.fresh.nextToken && <p class="hint">There are more; they appear when these are packed.</p>}
        </>
      )}
    </>
  );
}

function Queue({ ids, label }: { ids: string[]; label: string }) {
  return (
    <ol class="queue">
      {ids.map((id) => (
        <li key={id}>
          <code>{id}</code>
          <a class="button main" href={`/staff/packing/${id}`} aria-label={`${label} ${id}`}>
            {label}
          </a>
        </li>
      ))}
    </ol>
  );
}
