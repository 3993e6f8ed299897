import { Heading, Loading, Problem } from '../parts';
import { type Ids, getNewRequests, getStartedRequests } from './documents';
import { PackingRow } from './packing_row';
import { More, useQueue } from './queue';

const itself = (id: string) => id;
const pageOf = ({ packagingRequestIds, nextToken }: Ids) => ({ items: packagingRequestIds, nextToken });

/** What is to be packed, the oldest first; what was started is above. */
export function PackingPage() {
  const fresh = useQueue(getNewRequests, (answer) => pageOf(answer.getNewPackagingRequestIds), itself);
  const started = useQueue(getStartedRequests, (answer) => pageOf(answer.getStartedPackagingRequestIds), itself);
  const problem = fresh.problem || started.problem;
  const load = () => Promise.all([fresh.load(), started.load()]);
  return (
    <>
      <Heading>Packing</Heading>
      <Problem text={problem} retry={load} />
      {!fresh.items && !problem && <Loading what="the queue" />}
      {!!started.items?.length && (
        <>
          <h2>Started</h2>
          <Queue ids={started.items} label="Go on" isStarted />
          <More queue={started} label="Show more started requests" />
        </>
      )}
      {fresh.items && (
        <>
          <h2>To pack</h2>
          {fresh.items.length === 0 ? (
            <p class="empty">Nothing is waiting.</p>
          ) : (
            <Queue ids={fresh.items} label="Pack" />
          )}
          <More queue={fresh} label="Show more requests" />
        </>
      )}
    </>
  );
}

function Queue({ ids, label, isStarted = false }: { ids: string[]; label: string; isStarted?: boolean }) {
  return (
    <ol class="queue">
      {ids.map((id) => (
        <PackingRow key={id} id={id} label={label} isStarted={isStarted} />
      ))}
    </ol>
  );
}
