import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';

/** The page's heading. It takes the focus, so that a screen reader reads the new page. */
export function Heading({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const text = typeof children === 'string' ? children : 'Console';
  useEffect(() => {
    document.title = `${text} - console`;
    heading.current?.focus();
  }, [text]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

export function Time({ at }: { at: string | undefined }) {
  if (!at) return <span class="quiet">unknown</span>;
  const moment = new Date(at);
  const isToday = moment.toDateString() === new Date().toDateString();
  const text = isToday ? moment.toLocaleTimeString() : moment.toLocaleString();
  return (
    <time dateTime={at} title={at}>
      {text}
    </time>
  );
}

export function Json({ value, label }: { value: unknown; label: string }) {
  const text = typeof value === 'string' ? pretty(value) : JSON.stringify(value, null, 2);
  return (
    <pre class="json" tabIndex={0} role="region" aria-label={label}>
      {text}
    </pre>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export function Problem({ text }: { text: string }) {
  return text ? (
    <p role="alert" id="problem" class="problem">
      {text}
    </p>
  ) : null;
}

export function money(minor: number | undefined, currency = ''): string {
  return minor === undefined ? '' : `${(minor / 100).toFixed(2)} ${currency}`;
}

/** The last part of an ARN, without what all names here begin with and what CloudFormation adds to a logical id. */
export function short(arn: string): string {
  return (arn.split(/[/:](?=[^/:]*$)/).at(-1) === 'live' ? arn.replace(/:live$/, '') : arn)
    .split(/[/:]/)
    .at(-1)!
    .replace(/^ecommerce-local-/, '')
    .replace(/-?[0-9A-F]{12,13}$/, '');
}

export interface Loaded<T> {
  value: T | undefined;
  problem: string;
  load: () => Promise<void>;
}

/**
 * A value of the API; it is loaded again when the dependencies change, or by `load`. An older answer never wins. A call
 * of `load` while a request is under way makes one more request afterwards, however many calls there are.
 */
export function useLoaded<T>(get: () => Promise<T>, dependencies: unknown[]): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState('');
  const newest = useRef(0);
  const load = useMemo(() => {
    let isRunning = false;
    let isWanted = false;
    return async function load(): Promise<void> {
      isWanted = true;
      if (isRunning) return;
      isRunning = true;
      const number = ++newest.current;
      while (isWanted && number === newest.current) {
        isWanted = false;
        try {
          const found = await get();
          if (number === newest.current) {
            setValue(() => found);
            setProblem('');
          }
        } catch (error) {
          if (number === newest.current) setProblem((error as Error).message);
        }
      }
      isRunning = false;
    };
  }, dependencies);
  useEffect(() => {
    void load();
    // Answers for a page that is gone change nothing.
    return () => void ++newest.current;
  }, [load]);
  return { value, problem, load };
}

/** A function that calls `act` once after the last of several calls. */
export function useGathered(act: () => void, milliseconds: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current(), milliseconds);
  }, [milliseconds]);
}
