/**
 * AppSync's real-time protocol: one WebSocket for all subscriptions, opened with the first and closed after the last.
 * docs.aws.amazon.com/appsync/latest/devguide/real-time-websocket-client.html
 */

import { isRefused } from './refusals';

export interface Sink {
  /** The subscription is open: again after each lost connection. */
  open: () => void;
  next: (payload: unknown) => void;
  /** The platform refuses the subscription. It is not started again. */
  error: (error: Error) => void;
}

interface Failure {
  errorType?: string;
  message?: string;
}

interface Message {
  id?: string;
  type: string;
  payload?: { connectionTimeoutMs?: number; errors?: Failure[] | Failure };
}

interface Wanted {
  data: string;
  sink: Sink;
  /** How often it failed since it was open. */
  failures: number;
  retryTimer?: ReturnType<typeof setTimeout>;
}

const IDLE_MS = 2_000;
const LONGEST_DELAY_MS = 30_000;
/** A connection with an open subscription that lasts so long has worked: the pauses begin anew after it. */
const LASTING_MS = 10_000;

export class Realtime {
  private readonly wanted = new Map<string, Wanted>();
  private socket: WebSocket | undefined;
  private isReady = false;
  private failures = 0;
  /** When the first subscription of this connection was open. */
  private openSince: number | undefined;
  private lastId = 0;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private isConnecting = false;
  private timeout = 300_000;
  private reconnectTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly credentials: () => Promise<Record<string, string>>,
  ) {
    globalThis.addEventListener?.('online', () => this.retryNow());
  }

  subscribe(query: string, variables: object, sink: Sink): () => void {
    const id = String(++this.lastId);
    this.wanted.set(id, { data: JSON.stringify({ query, variables }), sink, failures: 0 });
    if (this.isReady) void this.start(id);
    else if (!this.reconnectTimer) void this.connect();
    return () => {
      this.wanted.delete(id);
      if (this.isReady) this.send({ id, type: 'stop' });
      setTimeout(() => this.wanted.size === 0 && this.socket?.close(), IDLE_MS);
    };
  }

  private async connect(): Promise<void> {
    clearTimeout(this.reconnectTimer);
    this.reconnectTimer = undefined;
    if (this.isConnecting || this.socket || this.wanted.size === 0) return;
    this.isConnecting = true;
    try {
      const authorization = JSON.stringify(await this.authorization());
      if (this.wanted.size === 0) return; // The page has stopped all of them meanwhile.
      const header = btoa(authorization).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
      const socket = new WebSocket(realtimeUrl(this.url), ['graphql-ws', `header-${header}`]);
      this.socket = socket;
      socket.onopen = () => this.send({ type: 'connection_init' });
      socket.onmessage = (event) => this.received(JSON.parse(event.data as string) as Message);
      socket.onclose = () => this.socket === socket && this.lost();
      this.listen(15_000);
    } catch {
      this.lost(); // No credentials: the network is away.
    } finally {
      this.isConnecting = false;
    }
  }

  private received(message: Message): void {
    const { id = '', type, payload } = message;
    const found = this.wanted.get(id);
    if (type === 'connection_ack') {
      this.isReady = true;
      this.timeout = payload?.connectionTimeoutMs ?? 300_000;
      for (const wanted of this.wanted.keys()) void this.start(wanted);
    } else if (type === 'start_ack') {
      this.openSince ??= Date.now();
      if (found) found.failures = 0;
      found?.sink.open();
    } else if (type === 'data') {
      found?.sink.next(payload);
    } else if (type === 'error' && id) {
      if (found) this.failed(id, found, [payload?.errors].flat()[0]); // AppSync sends a list or one object.
    } else if (type === 'connection_error' || type === 'error') {
      this.socket?.close(); // AppSync does not say which subscription exceeds a limit: all are started again, later.
    }
    this.listen(this.timeout);
  }

  private failed(id: string, wanted: Wanted, { errorType: type, message }: Failure = {}): void {
    if (type === 'UnauthorizedException' || isRefused({ type, status: 200 })) {
      this.wanted.delete(id);
      wanted.sink.error(new Error(message ?? 'the subscription was refused'));
    } else {
      clearTimeout(wanted.retryTimer);
      wanted.retryTimer = setTimeout(() => this.isReady && void this.start(id), delayAfter(wanted.failures++));
    }
  }

  /** AppSync sends `ka` once a minute: a connection that is silent for longer is dead. */
  private listen(milliseconds: number): void {
    clearTimeout(this.silence);
    const socket = this.socket;
    this.silence = setTimeout(() => {
      socket?.close();
      if (this.socket === socket) this.lost(); // A dead connection may take minutes to close.
    }, milliseconds);
  }

  private async start(id: string): Promise<void> {
    const socket = this.socket;
    clearTimeout(this.wanted.get(id)?.retryTimer);
    const authorization = await this.authorization().catch(() => undefined);
    const found = this.wanted.get(id);
    if (!found) return; // The page has stopped it.
    if (this.socket !== socket) return; // The next connection starts it.
    if (!authorization) return socket?.close();
    this.send({ id, type: 'start', payload: { data: found.data, extensions: { authorization } } });
  }

  private lost(): void {
    clearTimeout(this.silence);
    this.socket = undefined;
    this.isReady = false;
    if (this.openSince !== undefined && Date.now() - this.openSince >= LASTING_MS) this.failures = 0;
    this.openSince = undefined;
    if (this.wanted.size === 0) return;
    this.reconnectTimer = setTimeout(() => void this.connect(), delayAfter(this.failures++));
  }

  private retryNow(): void {
    this.failures = 0;
    if (this.reconnectTimer) void this.connect();
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private async authorization(): Promise<Record<string, string>> {
    return { host: new URL(this.url).host, ...(await this.credentials()) };
  }
}

/** Exponential backoff with jitter, so pages do not reconnect together. */
function delayAfter(failures: number): number {
  return Math.min(LONGEST_DELAY_MS, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
}

/** On AWS the real-time endpoint has a host of its own; custom domains and the local cloud have it below the path. */
export function realtimeUrl(url: string): string {
  const found = new URL(url);
  found.protocol = found.protocol === 'https:' ? 'wss:' : 'ws:';
  if (found.host.includes('.appsync-api.')) found.host = found.host.replace('appsync-api', 'appsync-realtime-api');
  else found.pathname += '/realtime';
  return found.href;
}
