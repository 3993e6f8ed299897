/** The events of the bus as they happen. The browser connects again by itself when the cloud was restarted. */

import { useLayoutEffect, useState } from 'preact/hooks';
import { STREAM, type BusEvent } from './api';

const MOST = 2000;

export interface StreamState {
  /** Undefined until the first connection succeeds or fails. */
  connected: boolean | undefined;
  /** Oldest first. */
  events: BusEvent[];
}

type Listener = (changed: BusEvent[], isRestart: boolean) => void;

const byId = new Map<string, BusEvent>();
const listeners = new Set<Listener>();
let connected: boolean | undefined;

export function open(): void {
  const source = new EventSource(STREAM);
  source.onopen = () => {
    connected = true;
    announce([], false);
  };
  source.onerror = () => {
    connected = false;
    announce([], false);
    // A browser gives up when something else answers on the port meanwhile.
    if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
  };
  source.onmessage = (message: MessageEvent<string>) => {
    const { fresh, events } = JSON.parse(message.data) as { fresh: boolean; events: BusEvent[] };
    if (fresh) byId.clear();
    for (const event of events) byId.set(event.id, event);
    for (const id of byId.keys()) {
      if (byId.size <= MOST) break;
      byId.delete(id);
    }
    announce(events, fresh);
  };
}

function announce(changed: BusEvent[], isRestart: boolean): void {
  for (const listener of [...listeners]) listener(changed, isRestart);
}

/** Call `listener` with the events that are new or changed. `isRestart`: a stream began, with earlier events. */
export function useEvents(listener: Listener, dependencies: unknown[] = []): void {
  // Before painting: an event that arrives between the rendering and the painting is heard too.
  useLayoutEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, dependencies);
}

export function useStream(): StreamState {
  const [, update] = useState(0);
  useEvents(() => update((count) => count + 1));
  return { connected, events: [...byId.values()] };
}

/** The order that an event is about; the platform's events name it first among their resources. */
export function isAbout(event: BusEvent, id: string): boolean {
  return event.resources.includes(id);
}
