/** The variables of an operation as JSON, with a value to replace for each. */

const EMPTY: Record<string, unknown> = { Int: 1, ID: '', String: '' };

export function variablesOf(query: string): string {
  const found = [...query.matchAll(/\$(\w+): (\w+)/g)].map(([, name, type]) => [name, EMPTY[type ?? ''] ?? null]);
  return found.length ? JSON.stringify(Object.fromEntries(found), null, 2) : '';
}
