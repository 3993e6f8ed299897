import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeSocket, connected, last, opened, starts, subscribingPage } from './fake_socket';

describe('live updates after a failure that may pass', () => {
  const page = subscribingPage();
  const { heard, sink } = page;
  const fails = (errorType = 'TRY_AGAIN') =>
    last().says({ type: 'error', id: '1', payload: { errors: [{ errorType, message: '' }] } });

  it.each(['TRY_AGAIN', 'Lambda:TooManyRequestsException', 'LimitExceededError', 'a type of tomorrow'])(
    'are started again with a fresh token: %s',
    async (errorType) => {
      page.realtime.subscribe('subscription A', {}, sink);
      await connected();
      page.token = 'second';
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
    page.realtime.subscribe('subscription A', {}, sink);
    await connected();
    last().says({ type: 'error', id: '1', payload: { errors: { errorType: 'LimitExceededError', message: '' } } });
    await vi.advanceTimersByTimeAsync(501);
    expect(starts()).toHaveLength(2);
  });

  it.each(['NOT_FOUND', 'Unauthorized', 'UnauthorizedException'])('are not started again: %s', async (errorType) => {
    page.realtime.subscribe('subscription A', {}, sink);
    await connected();
    fails(errorType);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(starts()).toHaveLength(1);
    expect(heard.errors).toHaveLength(1);
  });

  it('are started again less and less often, and soon after a success', async () => {
    page.realtime.subscribe('subscription A', {}, sink);
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
    page.realtime.subscribe('subscription A', {}, sink);
    page.realtime.subscribe('subscription B', {}, sink)();
    await connected();
    const stop = page.realtime.subscribe('subscription C', {}, sink);
    await vi.advanceTimersByTimeAsync(0);
    last().says({ type: 'error', id: '3', payload: { errors: [{ errorType: 'TRY_AGAIN' }] } });
    stop();
    last().says({ type: 'error', id: '3', payload: { errors: [{ errorType: 'UnknownOperationError' }] } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(starts().map(({ id }) => id)).toEqual(['1', '3']);
  });

  it('are started once on the next connection', async () => {
    page.realtime.subscribe('subscription A', {}, sink);
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

  describe('of which AppSync does not say which one failed', () => {
    const limitExceeded = async () => {
      await connected();
      last().says({ type: 'start_ack', id: '1' });
      last().says({ type: 'error', payload: { errors: { errorType: 'LimitExceededError', message: '' } } });
    };
    const expectNextAfter = async (milliseconds: number) => {
      const before = FakeSocket.all.length;
      await vi.advanceTimersByTimeAsync(milliseconds - 1);
      expect(FakeSocket.all).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(FakeSocket.all).toHaveLength(before + 1);
    };
    beforeEach(() => {
      vi.spyOn(Math, 'random').mockReturnValue(1);
      page.realtime.subscribe('subscription A', {}, sink);
      page.realtime.subscribe('subscription B', {}, sink);
    });

    it('are all started on a new connection', async () => {
      await limitExceeded();
      await expectNextAfter(500);
      await opened();
      expect(starts().map(({ id }) => id)).toEqual(['1', '2']);
      expect(heard).toMatchObject({ opened: 3, errors: [] });
    });

    it('are started less and less often, although another one is open each time', async () => {
      for (const delay of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
        await limitExceeded();
        await expectNextAfter(delay);
      }
      expect(heard).toMatchObject({ opened: 8, errors: [] });
    });

    it('are started soon again after a connection that lasted', async () => {
      for (const delay of [500, 1000, 2000, 4000]) {
        await limitExceeded();
        await expectNextAfter(delay);
      }
      await opened();
      await vi.advanceTimersByTimeAsync(10_000);
      await limitExceeded();
      await expectNextAfter(500);
      await limitExceeded();
      await expectNextAfter(1000);
    });

    it('are started less and less often when a connection lasts without any of them', async () => {
      for (const delay of [500, 1000, 2000]) {
        await connected();
        await vi.advanceTimersByTimeAsync(20_000);
        last().says({ type: 'error', payload: { errors: { errorType: 'LimitExceededError', message: '' } } });
        await expectNextAfter(delay);
      }
    });
  });
});
