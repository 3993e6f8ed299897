import type { ComponentChildren } from 'preact';
import { Loading, Problem } from '../parts';
import { useStore } from '../store';
import type { Session } from './session';

/**
 * The part of a page that needs a signed-in user. Until it is known who is signed in, it shows that this is being loaded,
 * or why it is not known, with a button to ask again. It is empty without a sign-in.
 */
export function Known({ session, what, children }: { session: Session; what: string; children: ComponentChildren }) {
  const person = useStore(session.person);
  const problem = useStore(session.problem);
  if (person) return <>{children}</>;
  return (
    <>
      <Problem text={person === undefined ? problem : ''} retry={session.askNow} />
      {person === undefined && !problem && <Loading what={what} />}
    </>
  );
}
