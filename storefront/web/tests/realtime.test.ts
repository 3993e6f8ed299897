import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Realtime, realtimeUrl } from '../src/api/realtime';

interface Sent {
  type: string;
  id?: string;
  payload?: { extensions: { authorization: Record<string, string> } };
}

class FakeSocket {
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

describe('live updates', () => {
  let realtime: Realtime;
  let token: string;
  const heard = { opened: 0, next: [] as unknown[], errors: [] as string[] };
  const sink = {
    open: () => void (heard.opened += 1),
    next: (payload: unknown) => void heard.next.push(payload),
    error: (error: Error) => void heard.errors.push(error.message),
  };
  const last = () => FakeSocket.all.at(-1)!;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.all = [];
    Object.assign(heard, { opened: 0, next: [], errors: [] });
    token = 'first';
    realtime = new Realtime('https://x.appsync-api.eu-west-1.amazonaws.com/graphql', async () => ({
      Authorization: token,
    }));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function opened(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
    last().onopen?.();
    last().says({ type: 'connection_ack', payload: { connectionTimeoutMs: 300_000 } });
    await vi.advanceTimersByTimeAsync(0);
    for (const { id } of last().sent.filter(({ type }) => type === 'start')) last().says({ type: 'start_ack', id });
  }

  it('use one connection for all subscriptions', async () => {
    realtime.subscribe('subscription A', {}, sink);
    realtime.subscribe('subscription B', {}, sink);
    await opened();
    expect(FakeSocket.all).toHaveLength(1);
    expect(heard.opened).toBe(2);
    expect(last().sent.map(({ type }) => type)).toEqual(['connection_init', 'start', 'start']);
  });

  it('reach their subscription only', async () => {
    realtime.subscribe('subscription A', {}, sink);
    realtime.subscribe('subscription B', {}, { ...sink, next: () => expect.unreachable() });
    await opened();
    last().says({ type: 'data', id: '1', payload: { data: 1 } });
    expect(heard.next).toEqual([{ data: 1 }]);
  });

  it('are opened again after a lost connection, with a fresh token, and say so', async () => {
    realtime.subscribe('subscription A', {}, sink);
    await opened();
    token = 'second';
    last().close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakeSocket.all).toHaveLength(2);
    await opened();
    expect(heard.opened).toBe(2);
    const start = last().sent.find(({ type }) => type === 'start')!;
    expect(start.payload!.extensions.authorization['Authorization']).toBe('second');
  });

  it('are opened again soon after each lost connection that had worked', async () => {
    realtime.subscribe('subscription A', {}, sink);
    for (let times = 1; times <= 8; times += 1) {
      await opened();
      last().close();
      await vi.advanceTimersByTimeAsync(501);
      expect(FakeSocket.all).toHaveLength(times + 1);
    }
  });

  it('are opened again less and less often while nothing answers', async () => {
    realtime.subscribe('subscription A', {}, sink);
    await vi.advanceTimersByTimeAsync(0);
    for (let times = 0; times < 12; times += 1) {
      last().close();
      await vi.advanceTimersByTimeAsync(31_000);
    }
    const before = FakeSocket.all.length;
    last().close();
    await vi.advanceTimersByTimeAsync(14_000);
    expect(FakeSocket.all).toHaveLength(before);
  });

  it('notice a connection that is silent', async () => {
    realtime.subscribe('subscription A', {}, sink);
    await opened();
    await vi.advanceTimersByTimeAsync(299_000);
    last().says({ type: 'ka' });
    await vi.advanceTimersByTimeAsync(299_000);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('are closed after the last subscription, and not opened again', async () => {
    const stop = realtime.subscribe('subscription A', {}, sink);
    await opened();
    stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(last().readyState).toBe(3);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('report a refused subscription and do not repeat it', async () => {
    realtime.subscribe('subscription A', {}, sink);
    await opened();
    last().says({ type: 'error', id: '1', payload: { errors: [{ message: 'Unauthorized' }] } });
    expect(heard.errors).toEqual(['Unauthorized']);
    last().close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('have a host of their own on AWS', () => {
    expect(realtimeUrl('https://x.appsync-api.eu-west-1.amazonaws.com/graphql')).toBe(
      'wss://x.appsync-realtime-api.eu-west-1.amazonaws.com/graphql',
    );
    expect(realtimeUrl('http://127.0.0.1:4566/v1/apis/x/graphql')).toBe(
      'ws://127.0.0.1:4566/v1/apis/x/graphql/realtime',
    );
  });
});
