/** A WebSocket that answers what a test says, and a page with subscriptions on it. */

import { afterEach, beforeEach, vi } from 'vitest';
import { Realtime } from '../src/api/realtime';

interface Sent {
  type: string;
  id?: string;
  payload?: { extensions: { authorization: Record<string, string> } };
}

export class FakeSocket {
  static OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 1;
  sent: Sent[] = [];
  onopen?: () => void;
  onclose?: () => void;
  onmessage?: (event: { data: string }) => void;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

export const last = () => FakeSocket.all.at(-1)!;
export const starts = () => last().sent.filter(({ type }) => type === 'start');

/** What the page's subscriptions heard, and the token that the next request has. Each test begins with a new page. */
export function subscribingPage() {
  const heard = { opened: 0, next: [] as unknown[], errors: [] as string[] };
  const sink = {
    open: () => void (heard.opened += 1),
    next: (payload: unknown) => void heard.next.push(payload),
    error: (error: Error) => void heard.errors.push(error.message),
  };
  const page = { heard, sink, token: '', realtime: undefined as unknown as Realtime };
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.all = [];
    Object.assign(heard, { opened: 0, next: [], errors: [] });
    page.token = 'first';
    page.realtime = new Realtime('https://x.appsync-api.eu-west-1.amazonaws.com/graphql', async () => ({
      Authorization: page.token,
    }));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
  return page;
}

/** AppSync has accepted the connection, which stays silent for up to an hour. */
export async function connected(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
  last().onopen?.();
  last().says({ type: 'connection_ack', payload: { connectionTimeoutMs: 3_600_000 } });
  await vi.advanceTimersByTimeAsync(0);
}

/** All subscriptions are open. */
export async function opened(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
  last().onopen?.();
  last().says({ type: 'connection_ack', payload: { connectionTimeoutMs: 300_000 } });
  await vi.advanceTimersByTimeAsync(0);
  for (const { id } of starts()) last().says({ type: 'start_ack', id });
}
