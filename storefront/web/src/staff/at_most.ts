/** Runs tasks in the order in which they come, a few at a time. */
export class AtMost {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  async run<Value>(task: () => Promise<Value>): Promise<Value> {
    if (this.running >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next(); // It takes over this place.
      else this.running -= 1;
    }
  }
}
