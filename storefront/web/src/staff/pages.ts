import type { Person } from '../auth/session';

/** The pages, and the groups that may use what they ask for. */
const PAGES: [string, string, string[]][] = [
  ['/staff/packing', 'Packing', ['admin', 'warehouse']],
  ['/staff/deliveries', 'Deliveries', ['admin', 'delivery']],
  ['/staff/returns', 'Returns', ['admin', 'warehouse']],
  ['/staff/stock', 'Stock', ['admin', 'warehouse']],
  ['/staff/orders', 'Orders', ['admin']],
  ['/staff/catalogue', 'Catalogue', ['admin']],
];

export function pagesOf(person: Person | null | undefined): [string, string, string[]][] {
  return PAGES.filter(([, , groups]) => groups.some((group) => person?.groups.includes(group)));
}

/** Enough of an order number to tell the orders of a day apart at a glance. */
export function shortNumber(orderId: string): string {
  return orderId.slice(0, 8);
}

export type About = 'packing' | 'deliveries' | 'orders';

/** The pages about one order that this person may use, but for the one that is shown. */
export function linksOf(orderId: string, person: Person | null | undefined, here: About): [string, string][] {
  const id = encodeURIComponent(orderId);
  const all: [About, string, string][] = [
    ['orders', 'The order', `/staff/orders?id=${id}`],
    ['packing', 'Its packing', `/staff/packing/${id}`],
    ['deliveries', 'Its delivery', `/staff/deliveries/${id}`],
  ];
  const allowed = pagesOf(person).map(([where]) => where);
  return all
    .filter(([about]) => about !== here && allowed.includes(`/staff/${about}`))
    .map(([, name, where]) => [name, where]);
}
