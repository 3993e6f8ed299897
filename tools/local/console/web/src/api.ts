/** The JSON APIs of the local cloud: tools/local/console/README.md. */

import type * as types from './types';
import type { Order } from './types';

export type {
  Alarm,
  Api,
  BusEvent,
  CatalogueEvent,
  Checked,
  Dashboard,
  DeadLetter,
  DeadLetters,
  Delivery,
  EventOfMap,
  Logs,
  Mail,
  Series,
  Step,
  Timeline,
  Widget,
} from './types';

/** A row of the list of orders. A row that was written manually may lack anything but its key. */
export type OrderRow = Pick<Order, 'orderId'> &
  Partial<Pick<Order, 'userId' | 'status' | 'paymentStatus' | 'total' | 'currency' | 'createdDate'>>;

/** An event without what the cloud noted about it. */
export type Envelope = Omit<types.BusEvent, 'bus' | 'times' | 'deliveries'>;

const API = '/_local/console/api';

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

function post<T>(url: string, body: unknown): Promise<T> {
  return request<T>(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export const about = () => request<types.About>(`${API}/about`);

export const orders = async (search: string) =>
  (await request<{ orders: OrderRow[] }>(`${API}/orders${query({ search })}`)).orders;

export const ordersWithIds = async (ids: string[]) =>
  (await request<{ orders: OrderRow[] }>(`${API}/orders${query({ ids: ids.join(',') })}`)).orders;

export const timeline = (id: string) => request<types.Timeline>(`${API}/orders/${encodeURIComponent(id)}`);

export const eventsAbout = async (text: string) =>
  (await request<{ events: types.BusEvent[] }>(`${API}/events${query({ about: text, limit: '200' })}`)).events;

export const logs = (name: string, text: string, since: string, all: boolean) =>
  request<types.Logs>(
    `${API}/logs/${encodeURIComponent(name)}${query({ about: text, since, all: all ? '1' : '' })}`,
  );

export const deadLetters = async () =>
  (await request<{ services: types.DeadLetters[] }>(`${API}/dead-letters`)).services;

export const dealWithDeadLetters = async (
  service: string,
  asked: { action: 'redrive' | 'drop'; id?: string; payload?: string },
) => (await post<{ outcomes: types.Outcome[] }>(`${API}/dead-letters/${service}`, asked)).outcomes;

export const mails = async (to: string, words: string) =>
  (await request<{ mails: types.Mail[] }>(`/_local/mail.json${query({ to, about: words })}`)).mails;

export const serviceMap = async () => (await request<{ events: types.EventOfMap[] }>(`${API}/map`)).events;

export const alarms = async () => (await request<{ alarms: types.Alarm[] }>(`${API}/alarms`)).alarms;

export const catalogue = async () =>
  (await request<{ events: types.CatalogueEvent[] }>(`${API}/catalogue`)).events;

export const checkEvent = (event: unknown) => post<types.Checked>(`${API}/catalogue/check`, event);

export const sendEvent = async (event: unknown) => (await post<types.Sent>(`${API}/catalogue/send`, event)).id;

export const graphqlApi = () => request<types.Api>(`${API}/graphql`);

export const graphqlPath = (person: string) => `${API}/graphql${query({ as: person })}`;

export const STREAM = `${API}/events/stream`;

export const dashboards = async () => (await request<{ dashboards: string[] }>(`${API}/dashboards`)).dashboards;

export const dashboard = (name: string, hours: number) =>
  request<types.Dashboard>(`${API}/dashboards/${encodeURIComponent(name)}${query({ hours: String(hours) })}`);

export function envelopeOf(event: types.BusEvent): Envelope {
  const { bus: _bus, times: _times, deliveries: _deliveries, ...envelope } = event;
  return envelope;
}
