/** Scripts that are loaded when a page needs them. */

const DELAYS = [0, 500, 2000];

/** The result of `load`, which is called again after each failure as often as there are delays. Raises the last one. */
export async function persistently<Value>(load: () => Promise<Value>, delays = DELAYS): Promise<Value> {
  for (let attempt = 0; ; attempt += 1) {
    if (delays[attempt]) await new Promise((resolve) => setTimeout(resolve, delays[attempt]));
    try {
      return await load();
    } catch (error) {
      if (attempt + 1 >= delays.length) throw error;
    }
  }
}
