/**
 * The storages of the browser. It may refuse them: reading one throws where site data is blocked, writing where it is
 * full. What was refused lasts as long as the page, and the shop works all the same.
 */

export type Storing = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

class StorageWithFallback implements Storing {
  private readonly inPage = new Map<string, string>();

  constructor(private readonly name: 'localStorage' | 'sessionStorage') {}

  getItem(key: string): string | null {
    return this.inPage.get(key) ?? this.attempt((storage) => storage.getItem(key)) ?? null;
  }

  setItem(key: string, value: string): void {
    const isStored = this.attempt((storage) => {
      storage.setItem(key, value);
      return true;
    });
    if (isStored) this.inPage.delete(key);
    else this.inPage.set(key, value);
  }

  removeItem(key: string): void {
    this.inPage.delete(key);
    this.attempt((storage) => storage.removeItem(key));
  }

  /** undefined when the browser refuses. */
  private attempt<Result>(use: (storage: Storage) => Result): Result | undefined {
    try {
      return use(globalThis[this.name]);
    } catch {
      return undefined;
    }
  }
}

/** Of this browser, for all its windows, also after they are closed. */
export const ofBrowser: Storing = new StorageWithFallback('localStorage');
/** Of this tab. */
export const ofTab: Storing = new StorageWithFallback('sessionStorage');
