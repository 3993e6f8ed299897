/** The deliveries that this device started and has not ended: the platform lists only those that are not started. */

const KEY = 'staff.onTheRoad';
const MOST = 200;

export function onTheRoad(): string[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as string[];
  } catch {
    return [];
  }
}

export function noteStarted(orderId: string): void {
  save([orderId, ...onTheRoad().filter((one) => one !== orderId)].slice(0, MOST));
}

export function noteEnded(orderId: string): void {
  save(onTheRoad().filter((one) => one !== orderId));
}

function save(ids: string[]): void {
  localStorage.setItem(KEY, JSON.stringify(ids));
}
