/** Failures of one function are one group: what it retried, and how often. */

import type { Step } from './api';

export interface Row {
  key: string;
  step: Step;
  /** The failures that this row stands for; without it the row is a step of its own. */
  group?: Step[];
  /** Of a group that is open. */
  isInner?: boolean;
}

export function attempts(steps: Step[]): number {
  return steps.reduce((sum, step) => sum + (step.times ?? 1), 0);
}

function keyOf(step: Step): string {
  return [step.service, step.function, step.kind, step.what, step.at].join('|');
}

/** Rows of the list: a group stands where its first failure was, and its steps follow if it is open. */
export function rowsOf(steps: Step[], open: ReadonlySet<string>): Row[] {
  const groups = Map.groupBy(
    steps.filter((step) => step.kind === 'failure'),
    (step) => step.function ?? step.service,
  );
  return steps.flatMap((step): Row[] => {
    const group = step.kind === 'failure' ? groups.get(step.function ?? step.service) : undefined;
    if (!group || group.length < 2) return [{ key: keyOf(step), step }];
    if (step !== group[0]) return [];
    const key = `group ${step.function ?? step.service}`;
    const inner = group.map((one) => ({ key: keyOf(one), step: one, isInner: true }));
    return [{ key, step, group }, ...(open.has(key) ? inner : [])];
  });
}
