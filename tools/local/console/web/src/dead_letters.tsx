import { useRef, useState } from 'preact/hooks';
import { deadLetters, dealWithDeadLetters, type DeadLetter } from './api';
import { EventEditor } from './editor';
import { Logs } from './logs';
import { Heading, Json, Problem, Time, useLoaded } from './parts';

interface Question {
  service: string;
  deadLetter: DeadLetter;
}

/** `function ecommerce-local-payment-on-event:live` -> `payment-on-event`: whose logs have the cause. */
function nameOf(backTo: string, service: string): string {
  const found = /^(?:function|queue) ecommerce-local-([\w-]+)/.exec(backTo);
  return found?.[1] ?? service;
}

export function DeadLettersPage() {
  const { value, problem, load } = useLoaded(deadLetters, []);
  const [said, setSaid] = useState('');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const [question, setQuestion] = useState<Question>();
  const dialog = useRef<HTMLDialogElement>(null);

  async function deal(service: string, action: 'redrive' | 'drop', id = ''): Promise<void> {
    setBusy(true);
    setFailure('');
    setSaid('');
    try {
      const outcomes = await dealWithDeadLetters(service, id ? { action, id } : { action });
      const words = outcomes.map((one) => `${one.id.slice(0, 8)} ${one.outcome}`);
      setSaid(`${service}: ${words.join(', ') || 'nothing to send back'}`);
    } catch (error) {
      setFailure((error as Error).message);
    }
    await load();
    setBusy(false);
  }

  async function mend(service: string, one: DeadLetter, payload: string): Promise<string> {
    const [outcome] = await dealWithDeadLetters(service, { action: 'redrive', id: one.id, payload });
    const words = `${one.id.slice(0, 8)} mended and ${outcome?.outcome ?? 'not found'}`;
    setSaid(`${service}: ${words}`);
    void load();
    return words;
  }

  function askToDrop(service: string, deadLetter: DeadLetter): void {
    setQuestion({ service, deadLetter });
    dialog.current?.showModal();
  }

  function close(isSure: boolean): void {
    dialog.current?.close();
    if (isSure && question) void deal(question.service, 'drop', question.deadLetter.id);
  }

  const filled = value?.filter((row) => row.deadLetters.length || row.inFlight) ?? [];
  return (
    <>
      <Heading>Dead letters</Heading>
      <p>
        <button type="button" disabled={busy} onClick={() => void load()}>
          Read again
        </button>
      </p>
      <Problem text={problem || failure} />
      <p role="status" id="outcome">
        {said}
      </p>
      {!value && !problem && <p role="status">Reading the queues …</p>}
      {value && filled.length === 0 && <p>No service has a dead letter.</p>}
      {filled.map((row) => (
        <section key={row.service} aria-labelledby={`of-${row.service}`}>
          <h2 id={`of-${row.service}`}>
            {row.service}: {row.deadLetters.length}
          </h2>
          {row.inFlight > 0 && <p>{row.inFlight} more are in flight: another reader has received them.</p>}
          {row.deadLetters.length > 0 && (
            <button type="button" disabled={busy} onClick={() => void deal(row.service, 'redrive')}>
              Redrive all of {row.service}
            </button>
          )}
          <ul class="cards">
            {row.deadLetters.map((one) => (
              <li key={one.id}>
                <h3>{one.about}</h3>
                <p>
                  <strong>{one.code || 'no reason given'}</strong> {one.reason}
                </p>
                <p class="quiet">
                  <Time at={one.sentAt} />
                  {one.attempts !== null && `, ${one.attempts} attempts`}; goes back to{' '}
                  {one.backTo || 'nowhere: its origin is unknown'}; id {one.id.slice(0, 8)}
                </p>
                {one.code === 'OUTCOME_UNKNOWN' && <p>The call may have had its effect; redriving repeats it.</p>}
                <details>
                  <summary>Payload</summary>
                  <Json value={one.payload} label="Payload of the dead letter" />
                </details>
                {one.backTo && <Logs name={nameOf(one.backTo, row.service)} />}
                {one.mendable && (
                  <details class="mend">
                    <summary>Mend the payload and redrive</summary>
                    <p>It stays the same event: its id, source, type and time may not change.</p>
                    <EventEditor
                      event={JSON.parse(one.payload)}
                      sendLabel="Redrive with this payload"
                      send={(_, payload) => mend(row.service, one, payload)}
                    />
                  </details>
                )}
                <button
                  type="button"
                  disabled={busy}
                  aria-label={`Redrive ${one.id.slice(0, 8)}`}
                  onClick={() => void deal(row.service, 'redrive', one.id)}
                >
                  Redrive
                </button>{' '}
                <button
                  type="button"
                  disabled={busy}
                  aria-label={`Drop ${one.id.slice(0, 8)}`}
                  onClick={() => askToDrop(row.service, one)}
                >
                  Drop …
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <dialog ref={dialog} aria-labelledby="question">
        <h2 id="question">Delete this dead letter?</h2>
        <p>{question?.deadLetter.about}</p>
        <p>This cannot be undone.</p>
        <button type="button" onClick={() => close(false)}>
          Keep it
        </button>{' '}
        <button type="button" class="danger" onClick={() => close(true)}>
          Delete it
        </button>
      </dialog>
    </>
  );
}
