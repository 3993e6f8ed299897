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

  describe('after a failure that may pass', () => {
    const starts = () => last().sent.filter(({ type }) => type === 'start');
    const fails = (errorType = 'TRY_AGAIN') =>
      last().says({ type: 'error', id: '1', payload: { errors: [{ errorType, message: '' }] } });

    async function connected(): Promise<void> {
      await vi.advanceTimersByTimeAsync(0);
      last().onopen?.();
      last().says({ type: 'connection_ack', payload: { connectionTimeoutMs: 3_600_000 } });
      await vi.advanceTimersByTimeAsync(0);
    }

    it.each(['TRY_AGAIN', 'Lambda:TooManyRequestsException', 'LimitExceededError', 'a type of tomorrow'])(
      'are started again with a fresh token: %s',
      async (errorType) => {
        realtime.subscribe('subscription A', {}, sink);
        await connected();
        token = 'second';
        fails(errorType);
        await vi.advanceTimersByTimeAsync(501);
        expect(starts().map(({ id, payload }) => [id, payload!.extensions.authorization['Authorization']])).toEqual([
          ['1', 'first'],
          ['1', 'second'],
        ]);
        last().says({ type: 'start_ack', id: '1' });
        expect(heard).toMatchObject({ opened: 1, errors: [] });
        expect(FakeSocket.all).toHaveLength(1);
      },
    );

    it('are started again when the one error is no list', async () => {
      realtime.subscribe('subscription A', {}, sink);
      await connected();
      last().says({ type: 'error', id: '1', payload: { errors: { errorType: 'LimitExceededError', message: '' } } });
      await vi.advanceTimersByTimeAsync(501);
      expect(starts()).toHaveLength(2);
    });

    it.each(['NOT_FOUND', 'Unauthorized', 'UnauthorizedException'])('are not started again: %s', async (errorType) => {
      realtime.subscribe('subscription A', {}, sink);
      await connected();
      fails(errorType);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(starts()).toHaveLength(1);
      expect(heard.errors).toHaveLength(1);
    });

    it('are started again less and less often, and soon after a success', async () => {
      realtime.subscribe('subscription A', {}, sink);
      await connected();
      for (let times = 0; times < 12; times += 1) {
        fails();
        await vi.advanceTimersByTimeAsync(31_000);
      }
      expect(starts()).toHaveLength(13);
      fails();
      await vi.advanceTimersByTimeAsync(14_000);
      expect(starts()).toHaveLength(13);
      await vi.advanceTimersByTimeAsync(17_000);
      last().says({ type: 'start_ack', id: '1' });
      fails();
      await vi.advanceTimersByTimeAsync(501);
      expect(starts()).toHaveLength(15);
    });

    it('are not started again when they are stopped meanwhile', async () => {
      realtime.subscribe('subscription A', {}, sink);
      realtime.subscribe('subscription B', {}, sink)();
      await connected();
      const stop = realtime.subscribe('subscription C', {}, sink);
      await vi.advanceTimersByTimeAsync(0);
      last().says({ type: 'error', id: '3', payload: { errors: [{ errorType: 'TRY_AGAIN' }] } });
      stop();
      last().says({ type: 'error', id: '3', payload: { errors: [{ errorType: 'UnknownOperationError' }] } });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(starts().map(({ id }) => id)).toEqual(['1', '3']);
    });

    it('are started once on the next connection', async () => {
      realtime.subscribe('subscription A', {}, sink);
      await connected();
      for (let times = 0; times < 8; times += 1) {
        fails();
        await vi.advanceTimersByTimeAsync(31_000);
      }
      fails();
      last().close();
      await vi.advanceTimersByTimeAsync(501);
      await opened();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(FakeSocket.all).toHaveLength(2);
      expect(starts()).toHaveLength(1);
    });

    it('get a new connection when AppSync does not say which one failed', async () => {
      realtime.subscribe('subscription A', {}, sink);
      await connected();
      last().says({ type: 'error', payload: { errors: { errorType: 'LimitExceededError', message: '' } } });
      await vi.advanceTimersByTimeAsync(501);
      await opened();
      expect(FakeSocket.all).toHaveLength(2);
      expect(heard).toMatchObject({ opened: 1, errors: [] });
    });
  });

  it('are started once when the token comes after the connection was lost', async () => {
    const give: (() => void)[] = [];
    const credentials = async () => {
      if (FakeSocket.all.length) await new Promise<void>((resolve) => give.push(resolve));
      return { Authorization: token };
    };
    const slow = new Realtime('https://x.appsync-api.eu-west-1.amazonaws.com/graphql', credentials);
    const arrive = async () => {
      give.splice(0).forEach((resolve) => resolve());
      await vi.advanceTimersByTimeAsync(0);
    };
    slow.subscribe('subscription A', {}, sink);
    await opened();
    const [late] = give.splice(0);
    last().close();
    await vi.advanceTimersByTimeAsync(501);
    await arrive();
    await opened();
    late!();
    await arrive();
    expect(FakeSocket.all).toHaveLength(2);
    expect(last().sent.filter(({ type }) => type === 'start')).toHaveLength(1);
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
