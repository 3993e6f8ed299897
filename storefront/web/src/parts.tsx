/** Small pieces of pages. */

import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useId, useRef, useState } from 'preact/hooks';
import { inWords } from './errors';
import { NAME } from './name';

let isFirst = true;

/** The heading of a page. It names the window, and has the focus after a navigation. */
export function Heading({ children, title }: { children: ComponentChildren; title?: string }) {
  const ref = useRef<HTMLHeadingElement>(null);
  const text = title ?? String(children);
  useEffect(() => {
    document.title = `${text} - ${NAME}`;
  }, [text]);
  useEffect(() => {
    if (!isFirst) ref.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** What went wrong, and a button to try again where that may help. */
export function Problem({ text, retry }: { text: string; retry?: (() => void) | undefined }) {
  return (
    <div role="alert">
      {text && (
        <div class="notice bad">
          <p>{text}</p>
          {retry && <Button kind="quiet" onClick={retry} label="Try again" />}
        </div>
      )}
    </div>
  );
}

/** News that is read aloud when it changes. */
export function Status({ children, kind = 'good' }: { children?: ComponentChildren; kind?: 'good' | 'plain' }) {
  return <div role="status">{children && <div class={`notice ${kind}`}>{children}</div>}</div>;
}

export function useOffline(): boolean {
  const [isOffline, setOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  return isOffline;
}

export function Loading({ what }: { what: string }) {
  const isOffline = useOffline();
  return (
    <p class="loading" role="status">
      {!isOffline && <span class="spinner" aria-hidden="true" />}
      {isOffline ? `Waiting for the connection, to load ${what}.` : `Loading ${what} …`}
    </p>
  );
}

interface ButtonProps {
  label: ComponentChildren;
  onClick?: () => unknown;
  kind?: 'main' | 'quiet' | 'danger';
  type?: 'button' | 'submit';
  isBusy?: boolean;
  disabled?: boolean;
  /** It cannot be pressed now, and keeps the focus: for a button that the user has just pressed. */
  isOff?: boolean;
  /** It has the focus when it appears. */
  takesFocus?: boolean;
  name?: string;
}

/** A button that cannot be pressed again before its action has ended. */
export function Button(props: ButtonProps) {
  const { label, onClick, kind = 'main', type = 'button', isBusy, disabled, isOff, takesFocus, name } = props;
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (takesFocus) ref.current?.focus();
  }, []);
  const [isRunning, setRunning] = useState(false);
  const isLocked = useRef(false);
  const press = async () => {
    if (isLocked.current || isBusy || isOff) return;
    const result = onClick?.();
    if (!(result instanceof Promise)) return;
    isLocked.current = true;
    setRunning(true);
    try {
      await result;
    } finally {
      isLocked.current = false;
      setRunning(false);
    }
  };
  const shown = isBusy || isRunning;
  return (
    <button
      ref={ref}
      type={type}
      class={`button ${kind} ${shown ? 'busy' : isOff ? 'off' : ''}`}
      disabled={disabled}
      aria-disabled={shown || isOff ? 'true' : undefined}
      aria-label={name}
      onClick={onClick && (() => void press())}
    >
      {shown && <span class="spinner" aria-hidden="true" />}
      <span class="label">{label}</span>
    </button>
  );
}

type FieldProps = Omit<JSX.IntrinsicElements['input'], 'value' | 'onInput'> & {
  label: string;
  value: string;
  onValue: (value: string) => void;
  problem?: string | undefined;
  hint?: string | undefined;
  options?: { value: string; label: string }[];
};

/** A labelled field; its problem is connected to it. */
export function Field({ label, value, onValue, problem, hint, options, ...rest }: FieldProps) {
  const id = useId();
  const described = problem ? `${id}-problem` : hint ? `${id}-hint` : undefined;
  const shared = { id, name: rest.name, required: rest.required, 'aria-describedby': described };
  return (
    <div class={`field ${problem ? 'wrong' : ''}`}>
      <label for={id}>
        {label}
        {!rest.required && <span class="optional"> (optional)</span>}
      </label>
      {options ? (
        <select
          {...shared}
          aria-invalid={!!problem}
          autoComplete={rest.autoComplete}
          value={value}
          onChange={(event) => onValue(event.currentTarget.value)}
        >
          {options.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...rest}
          {...shared}
          aria-invalid={!!problem}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
      {hint && !problem && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem && (
        <p class="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

/** A form whose submission runs once at a time; after a refusal the focus is on the first wrong field. */
export function Form({
  onSubmit,
  children,
  label,
}: {
  onSubmit: () => Promise<unknown>;
  children: ComponentChildren;
  label?: string;
}) {
  const ref = useRef<HTMLFormElement>(null);
  const isRunning = useRef(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isRunning.current) return;
    isRunning.current = true;
    try {
      await onSubmit();
    } finally {
      isRunning.current = false;
      setTimeout(() => ref.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
    }
  };
  return (
    <form ref={ref} noValidate aria-label={label} onSubmit={(event) => void submit(event)}>
      {children}
    </form>
  );
}

/** Whether the component is still on the page: what follows an answer must not change the page that came after it. */
export function useShown(): { readonly current: boolean } {
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => void (isShown.current = false);
  }, []);
  return isShown;
}

export interface Loaded<Value> {
  value: Value | undefined;
  problem: string;
  load: () => Promise<void>;
  set: (value: Value) => void;
}

/**
 * A value of the platform: read at first, when `dependencies` change, by `load`, and when the browser is online again
 * after a problem. An older answer never wins. `first` is shown until the first answer.
 */
export function useLoaded<Value>(get: () => Promise<Value>, dependencies: unknown[], first?: Value): Loaded<Value> {
  const [state, setState] = useState<{ value?: Value | undefined; problem: string }>({ value: first, problem: '' });
  const newest = useRef(0);
  const load = useCallback(async () => {
    const number = ++newest.current;
    try {
      const value = await get();
      if (number === newest.current) setState({ value, problem: '' });
    } catch (error) {
      if (number === newest.current) setState((before) => ({ ...before, problem: inWords(error) }));
    }
  }, dependencies);
  const set = useCallback((value: Value) => {
    newest.current += 1;
    setState({ value, problem: '' });
  }, []);
  useEffect(() => {
    void load();
    return () => void (newest.current += 1);
  }, [load]);
  const isBroken = state.problem !== '';
  useEffect(() => {
    if (!isBroken) return undefined;
    const again = () => void load();
    addEventListener('online', again);
    return () => removeEventListener('online', again);
  }, [load, isBroken]);
  return { value: state.value, problem: state.problem, load, set };
}

/** Runs an action; its problem in words, and whether it runs. A second call while it runs does nothing. */
export function useAction(): {
  run: (act: () => Promise<unknown>) => Promise<boolean>;
  problem: string;
  isBusy: boolean;
  clear: () => void;
} {
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const isLocked = useRef(false);
  const run = useCallback(async (act: () => Promise<unknown>) => {
    if (isLocked.current) return false;
    isLocked.current = true;
    setBusy(true);
    setProblem('');
    try {
      await act();
      return true;
    } catch (error) {
      setProblem(inWords(error));
      return false;
    } finally {
      isLocked.current = false;
      setBusy(false);
    }
  }, []);
  return { run, problem, isBusy, clear: () => setProblem('') };
}

export function day(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleDateString(undefined, { dateStyle: 'medium' });
}

export function moment(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? ''
    : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
