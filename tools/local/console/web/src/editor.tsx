import './editor.css';
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { checkEvent } from './api';

interface Said {
  text: ComponentChildren;
  isBad: boolean;
}

/** Edits an event as JSON, checks it against its schema, and hands it to `send`, whose answer it shows. */
export function EventEditor({
  event,
  sendLabel,
  send,
}: {
  event: unknown;
  sendLabel: string;
  send: (event: unknown, text: string) => Promise<ComponentChildren>;
}) {
  const [text, setText] = useState(() => JSON.stringify(event, null, 2));
  const [said, setSaid] = useState<Said>();
  const [isBusy, setBusy] = useState(false);
  const id = useId();

  async function act(what: (parsed: unknown) => Promise<Said>): Promise<void> {
    setBusy(true);
    try {
      setSaid(await what(JSON.parse(text)));
    } catch (error) {
      const reason = (error as Error).message;
      setSaid({ text: error instanceof SyntaxError ? `No JSON: ${reason}` : reason, isBad: true });
    }
    setBusy(false);
  }

  const check = async (parsed: unknown): Promise<Said> => {
    const { problem } = await checkEvent(parsed);
    return { text: problem || 'It fits its schema.', isBad: problem !== '' };
  };
  return (
    <div class="editor">
      <label for={id}>The event as JSON</label>
      <textarea
        id={id}
        rows={16}
        spellcheck={false}
        value={text}
        onInput={(change) => {
          setText(change.currentTarget.value);
          setSaid(undefined);
        }}
      />
      <button type="button" disabled={isBusy} onClick={() => void act(check)}>
        Check
      </button>{' '}
      <button
        type="button"
        disabled={isBusy}
        onClick={() => void act(async (parsed) => ({ text: await send(parsed, text), isBad: false }))}
      >
        {sendLabel}
      </button>
      <p role="status" class={said?.isBad ? 'verdict problem' : 'verdict'}>
        {said?.text}
      </p>
    </div>
  );
}
