import { useEffect, useState } from 'preact/hooks';

/** A value that components show. A change replaces it. */
export class Store<Value> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: Value) {}

  get value(): Value {
    return this.current;
  }

  set(value: Value): void {
    this.current = value;
    for (const listener of [...this.listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

export function useStore<Value>(store: Store<Value>): Value {
  const [, render] = useState({});
  useEffect(() => {
    render({}); // It may have changed before the component listened.
    return store.subscribe(() => render({}));
  }, [store]);
  return store.value;
}
