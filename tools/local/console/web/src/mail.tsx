import { useState } from 'preact/hooks';
import { mails } from './api';
import { Heading, Problem, Time, useGathered, useLoaded } from './parts';
import { address } from './router';
import { useEvents } from './stream';

// A mail is sent some time after the event that it is about.
const GATHER_MS = 1000;

export function MailPage({ id }: { id: string }) {
  const [to, setTo] = useState('');
  const [words, setWords] = useState('');
  const { value, problem, load } = useLoaded(() => mails(to.trim(), words.trim()), [to, words]);
  const again = useGathered(() => void load(), GATHER_MS);
  useEvents(() => again());
  const chosen = value?.find((mail) => mail.id === id);
  return (
    <>
      <Heading>Mail</Heading>
      <search class="filters">
        <label>
          To
          <input type="search" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
        <label>
          Contains
          <input type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
        </label>
        <button type="button" onClick={() => void load()}>
          Read again
        </button>
      </search>
      <Problem text={problem} />
      <div class="panes">
        <section aria-label="Mails">
          {value?.length === 0 && <p>No mail. Mails sent by SES appear here; none leaves this machine.</p>}
          <ol id="mails" class="rows">
            {value?.map((mail) => (
              <li key={mail.id}>
                <a href={address('mail', mail.id)} aria-current={mail.id === id ? 'true' : undefined}>
                  <Time at={mail.at} /> <strong>{mail.subject || '(no subject)'}</strong>{' '}
                  <span class="quiet">{mail.to.join(', ')}</span>
                </a>
              </li>
            ))}
          </ol>
        </section>
        <section aria-label="The chosen mail" aria-live="polite">
          {chosen && (
            <>
              <h2>{chosen.subject || '(no subject)'}</h2>
              <p>
                <Time at={chosen.at} /> from {chosen.from} to {chosen.to.join(', ')}
              </p>
              {chosen.text && <pre class="text">{chosen.text}</pre>}
              {chosen.html && (
                <iframe
                  sandbox=""
                  title="The mail as HTML"
                  src={`/_local/mail/${encodeURIComponent(chosen.id)}/html`}
                />
              )}
            </>
          )}
          {!chosen && <p class="quiet">Choose a mail.</p>}
        </section>
      </div>
    </>
  );
}
