/** The changes of a package: shown at once, and sent one after the other. Of several for a product the last is sent. */
export class UnitChanges {
  private readonly wanted = new Map<string, number>();
  private running: Promise<boolean> | undefined;

  /** `send` also shows what it has sent. After `failed` nothing is wanted any more. */
  constructor(
    private readonly send: (productId: string, quantity: number) => Promise<unknown>,
    private readonly changed: () => void,
    private readonly failed: (error: unknown) => unknown,
  ) {}

  of(productId: string, known: number): number {
    return this.wanted.get(productId) ?? known;
  }

  set(productId: string, quantity: number): void {
    this.wanted.set(productId, quantity);
    this.changed();
    this.running ??= this.run();
  }

  /** Waits until all is sent. False if a change was refused. */
  async settled(): Promise<boolean> {
    return (await this.running) ?? true;
  }

  private async run(): Promise<boolean> {
    try {
      for (let next = this.first(); next; next = this.first()) {
        const [productId, quantity] = next;
        await this.send(productId, quantity);
        if (this.wanted.get(productId) === quantity) this.wanted.delete(productId);
      }
      return true;
    } catch (error) {
      this.wanted.clear();
      await this.failed(error);
      return false;
    } finally {
      this.running = this.wanted.size > 0 ? this.run() : undefined; // Changed while `failed` ran.
      this.changed();
    }
  }

  private first(): [string, number] | undefined {
    return [...this.wanted][0];
  }
}
