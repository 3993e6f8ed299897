import './logs.css';
import { useState } from 'preact/hooks';
import { logs } from './api';
import { Problem, short, Time, useLoaded } from './parts';

interface Wanted {
  /** A service, a function or a queue. */
  name: string;
  about?: string;
  /** Without it: the last hour. */
  since?: string;
}

/** Log lines, read when the reader opens them. */
export function Logs({ name, about = '', since = '' }: Wanted) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="logs" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Logs of {short(name)}
        {about && ' about it'}
      </summary>
      {isOpen && <Lines name={short(name)} about={about} since={since} />}
    </details>
  );
}

function Lines({ name, about, since }: Required<Wanted>) {
  const [isComplete, setComplete] = useState(false);
  const { value, problem, load } = useLoaded(
    () => logs(name, about, since, isComplete),
    [name, about, since, isComplete],
  );
  return (
    <>
      <Problem text={problem} />
      {!value && !problem && <p role="status">Reading …</p>}
      <p>
        <button type="button" onClick={() => void load()}>
          Read again
        </button>{' '}
        <label class="inline">
          <input
            type="checkbox"
            checked={isComplete}
            onChange={(event) => setComplete(event.currentTarget.checked)}
          />
          metrics and Lambda’s own lines too
        </label>
      </p>
      {value?.lines.length === 0 && (
        <p>No line. An invocation that succeeds writes only what its code logs.</p>
      )}
      {value && value.lines.length > 0 && (
        <>
          {value.more && <p class="quiet">The newest {value.lines.length} lines.</p>}
          <ol class="lines" tabIndex={0} aria-label={`Log lines of ${name}`}>
            {value.lines.map((line, place) => (
              <li key={place}>
                <Time at={line.at} /> {line.function !== name && <strong>{line.function} </strong>}
                <LogText text={line.text} />
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

/** A line of JSON as its level and message, with the rest behind it. */
function LogText({ text }: { text: string }) {
  const record = recordOf(text);
  if (!record) return <span class="text">{text}</span>;
  const { level, message, errorMessage, ...rest } = record;
  const said = message ?? errorMessage;
  if (typeof said !== 'string') return <span class="text">{text}</span>;
  return (
    <details class="line">
      <summary>
        {typeof level === 'string' && <span class={level === 'ERROR' ? 'problem' : 'quiet'}>{level} </span>}
        {said.split('\n')[0]}
      </summary>
      <pre class="json">{JSON.stringify({ message: said, ...rest }, null, 2)}</pre>
    </details>
  );
}

function recordOf(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
