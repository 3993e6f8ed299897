/** Small values per order that this device keeps: the newest only, so that they never fill the storage. */

import { ofBrowser } from '../storage';

const MOST = 200;

export class Kept<Value> {
  constructor(private readonly key: string) {}

  /** The orders that have a value, the newest first. */
  orderIds(): string[] {
    return this.read().map(([id]) => id);
  }

  get(orderId: string): Value | undefined {
    return this.read().find(([id]) => id === orderId)?.[1];
  }

  set(orderId: string, value: Value): void {
    this.write([[orderId, value] as [string, Value], ...this.others(orderId)].slice(0, MOST));
  }

  remove(orderId: string): void {
    if (this.get(orderId) !== undefined) this.write(this.others(orderId));
  }

  private others(orderId: string): [string, Value][] {
    return this.read().filter(([id]) => id !== orderId);
  }

  private read(): [string, Value][] {
    try {
      const found: unknown = JSON.parse(ofBrowser.getItem(this.key) ?? '[]');
      return Array.isArray(found) ? (found as [string, Value][]).filter(Array.isArray) : [];
    } catch {
      return [];
    }
  }

  private write(all: [string, Value][]): void {
    ofBrowser.setItem(this.key, JSON.stringify(all));
  }
}
