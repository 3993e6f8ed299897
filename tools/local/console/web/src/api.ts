/** The JSON APIs of the local cloud: tools/local/console/README.md. */

const API = '/_local/console/api';

export interface Delivery {
  rule: string;
  target: string;
  state: 'matched' | 'delivered' | 'retrying' | 'succeeded' | 'failed';
  attempts: number;
  reason: string;
}

export interface BusEvent {
  id: string;
  source: string;
  'detail-type': string;
  time: string;
  resources: string[];
  detail: unknown;
  bus: string;
  times: number;
  deliveries: Delivery[];
}

export interface Order {
  orderId: string;
  userId?: string;
  status?: string;
  paymentStatus?: string;
  total?: number;
  currency?: string;
  createdDate?: string;
}

export interface Step {
  at?: string;
  service: string;
  kind: 'order' | 'goods' | 'parcel' | 'money' | 'mail' | 'failure' | 'dead letter' | 'next';
  what: string;
  status?: string;
  cause?: string;
  event?: string;
  function?: string;
  trace?: string;
  times?: number;
  until?: string;
  detail?: Record<string, unknown>;
}

export interface Timeline {
  orderId: string;
  summary: string;
  steps: Step[];
}

export interface DeadLetter {
  id: string;
  about: string;
  code: string;
  reason: string;
  backTo: string;
  sentAt: string;
  attempts: number | null;
  payload: string;
}

export interface DeadLetters {
  service: string;
  inFlight: number;
  deadLetters: DeadLetter[];
}

export interface Mail {
  id: string;
  at: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
}

export interface EventOfMap {
  name: string;
  source: string;
  producer: string;
  consumers: string[];
}

export interface Alarm {
  name: string;
  description: string;
  reason: string;
  since: string;
}

async function request<T>(url: string, options?: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(url, options);
  } catch {
    throw new Error('the local cloud does not answer; is it running?');
  }
  const body = (await answer.json().catch(() => ({}))) as T & { message?: string };
  if (!answer.ok) throw new Error(body.message ?? `the local cloud answered ${answer.status}`);
  return body;
}

function query(values: Record<string, string>): string {
  const given = Object.entries(values).filter(([, value]) => value !== '');
  return given.length ? `?${new URLSearchParams(given)}` : '';
}

export const about = () => request<{ pages: string[] }>(`${API}/about`);

export const orders = async (search: string) =>
  (await request<{ orders: Order[] }>(`${API}/orders${query({ search })}`)).orders;

export const ordersWithIds = async (ids: string[]) =>
  (await request<{ orders: Order[] }>(`${API}/orders${query({ ids: ids.join(',') })}`)).orders;

export const timeline = (id: string) => request<Timeline>(`${API}/orders/${encodeURIComponent(id)}`);

export const eventsAbout = async (text: string) =>
  (await request<{ events: BusEvent[] }>(`${API}/events${query({ about: text, limit: '200' })}`)).events;

export const deadLetters = async () =>
  (await request<{ services: DeadLetters[] }>(`${API}/dead-letters`)).services;

export const dealWithDeadLetters = async (service: string, action: 'redrive' | 'drop', id = '') =>
  (
    await request<{ outcomes: { id: string; outcome: string }[] }>(`${API}/dead-letters/${service}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(id ? { action, id } : { action }),
    })
  ).outcomes;

export const mails = async (to: string, words: string) =>
  (await request<{ mails: Mail[] }>(`/_local/mail.json${query({ to, about: words })}`)).mails;

export const serviceMap = async () => (await request<{ events: EventOfMap[] }>(`${API}/map`)).events;

export const alarms = async () => (await request<{ alarms: Alarm[] }>(`${API}/alarms`)).alarms;

export const STREAM = `${API}/events/stream`;

// --- dashboards ---
export interface Series {
  label: string;
  points: [string, number][];
}

export interface Widget {
  kind: string;
  title: string;
  width: number;
  text?: string;
  alarms?: { name: string; state: string; since: string }[];
  period?: number;
  series?: Series[];
}

export interface Drawn {
  name: string;
  begin: string;
  end: string;
  widgets: Widget[];
}

export const dashboards = async () => (await request<{ dashboards: string[] }>(`${API}/dashboards`)).dashboards;

export const dashboard = (name: string, hours: number) =>
  request<Drawn>(`${API}/dashboards/${encodeURIComponent(name)}${query({ hours: String(hours) })}`);
