import { describe, expect, it, vi } from 'vitest';
import { Realtime, realtimeUrl } from '../src/api/realtime';
import { FakeSocket, last, opened, subscribingPage } from './fake_socket';

describe('live updates', () => {
  const page = subscribingPage();
  const { heard, sink } = page;

  it('use one connection for all subscriptions', async () => {
    page.realtime.subscribe('subscription A', {}, sink);
    page.realtime.subscribe('subscription B', {}, sink);
    await opened();
    expect(FakeSocket.all).toHaveLength(1);
    expect(heard.opened).toBe(2);
    expect(last().sent.map(({ type }) => type)).toEqual(['connection_init', 'start', 'start']);
  });

  it('reach their subscription only', async () => {
    page.realtime.subscribe('subscription A', {}, sink);
    page.realtime.subscribe('subscription B', {}, { ...sink, next: () => expect.unreachable() });
    await opened();
    last().says({ type: 'data', id: '1', payload: { data: 1 } });
    expect(heard.next).toEqual([{ data: 1 }]);
  });

  it('are opened again after a lost connection, with a fresh token, and say so', async () => {
    page.realtime.subscribe('subscription A', {}, sink);
    await opened();
    page.token = 'second';
    last().close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakeSocket.all).toHaveLength(2);
    await opened();
    expect(heard.opened).toBe(2);
    const start = last().sent.find(({ type }) => type === 'start')!;
    expect(start.payload!.extensions.authorization['Authorization']).toBe('second');
  });

  it('are opened again soon after each lost connection that had worked', async () => {
    page.realtime.subscribe('subscription A', {}, sink);
    for (let times = 1; times <= 8; times += 1) {
      await opened();
      await vi.advanceTimersByTimeAsync(10_000);
      last().close();
      await vi.advanceTimersByTimeAsync(501);
      expect(FakeSocket.all).toHaveLength(times + 1);
    }
  });

  it('are opened again less and less often while nothing answers', async () => {
    page.realtime.subscribe('subscription A', {}, sink);
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
    page.realtime.subscribe('subscription A', {}, sink);
    await opened();
    await vi.advanceTimersByTimeAsync(299_000);
    last().says({ type: 'ka' });
    await vi.advanceTimersByTimeAsync(299_000);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('are closed after the last subscription, and not opened again', async () => {
    const stop = page.realtime.subscribe('subscription A', {}, sink);
    await opened();
    stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(last().readyState).toBe(3);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('are not opened again for a page that has left before the next attempt', async () => {
    const stop = page.realtime.subscribe('subscription A', {}, sink);
    await opened();
    last().close();
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    page.realtime.subscribe('subscription B', {}, sink);
    await opened();
    expect([FakeSocket.all.length, heard.opened]).toEqual([2, 2]);
  });

  it('are not opened for a page that has left before the token came', async () => {
    let give = () => undefined as void;
    const credentials = async () => {
      await new Promise<void>((resolve) => (give = resolve));
      return { Authorization: page.token };
    };
    const slow = new Realtime('https://x.appsync-api.eu-west-1.amazonaws.com/graphql', credentials);
    slow.subscribe('subscription A', {}, sink)();
    await vi.advanceTimersByTimeAsync(3_000);
    give();
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSocket.all).toHaveLength(0);
  });

  it('report a refused subscription and do not repeat it', async () => {
    page.realtime.subscribe('subscription A', {}, sink);
    await opened();
    last().says({ type: 'error', id: '1', payload: { errors: [{ message: 'Unauthorized' }] } });
    expect(heard.errors).toEqual(['Unauthorized']);
    last().close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('are started once when the token comes after the connection was lost', async () => {
    const give: (() => void)[] = [];
    const credentials = async () => {
      if (FakeSocket.all.length) await new Promise<void>((resolve) => give.push(resolve));
      return { Authorization: page.token };
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
