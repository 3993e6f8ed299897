/** As much of a browser's document as Preact needs, to show a page in a test, read its text and press its buttons. */

import { type ComponentChild, render } from 'preact';

class FakeNode {
  childNodes: FakeNode[] = [];
  parentNode: FakeNode | null = null;
  onclick = null;
  onchange = null;
  onsubmit = null;
  data = '';
  private readonly listeners = new Map<string, (event: object) => void>();

  constructor(
    readonly localName: string,
    readonly nodeType = 1,
  ) {}

  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null;
  }

  get nextSibling(): FakeNode | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  get text(): string {
    return this.data + this.childNodes.map(({ text }) => text).join('');
  }

  get all(): FakeNode[] {
    return [this, ...this.childNodes.flatMap(({ all }) => all)];
  }

  insertBefore(node: FakeNode, next: FakeNode | null): FakeNode {
    node.remove();
    node.parentNode = this;
    this.childNodes.splice(next ? this.childNodes.indexOf(next) : this.childNodes.length, 0, node);
    return node;
  }

  appendChild(node: FakeNode): FakeNode {
    return this.insertBefore(node, null);
  }

  removeChild(node: FakeNode): void {
    this.childNodes.splice(this.childNodes.indexOf(node), 1);
    node.parentNode = null;
  }

  remove(): void {
    this.parentNode?.removeChild(this);
  }

  contains(node: FakeNode): boolean {
    return this.all.includes(node);
  }

  addEventListener(type: string, listener: (event: object) => void): void {
    this.listeners.set(type, listener);
  }

  removeEventListener(type: string): void {
    this.listeners.delete(type);
  }

  fire(type: string, more: object = {}): void {
    this.listeners.get(type)?.call(this, { type, currentTarget: this, preventDefault: () => undefined, ...more });
  }

  setAttribute(): void {}
  removeAttribute(): void {}
  focus(): void {}
  querySelector(): null {
    return null;
  }
}

/** For `vi.stubGlobal`. */
export const fakeDocument = {
  title: '',
  hidden: false,
  createElementNS: (_: string, name: string) => new FakeNode(name),
  createTextNode: (text: string) => Object.assign(new FakeNode('#text', 3), { data: text }),
};

/** Preact runs effects some 35 ms after it has rendered. */
export const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 120));

export class FakePage {
  private readonly root = new FakeNode('main');

  async show(page: ComponentChild): Promise<void> {
    render(page, this.root as unknown as Element);
    await settled();
  }

  get text(): string {
    return this.root.text;
  }

  texts(name: string): string[] {
    return this.root.all.filter(({ localName }) => localName === name).map(({ text }) => text);
  }

  async press(label: string): Promise<void> {
    const found = this.root.all.find(({ localName, text }) => localName === 'button' && text === label);
    if (!found) throw new Error(`no button "${label}" in: ${this.text}`);
    found.fire('click');
    await settled();
  }

  /** The first element with this tag: `change` of a choice, `submit` of a form. */
  async fire(name: string, type: string, value = ''): Promise<void> {
    const found = this.root.all.find(({ localName }) => localName === name)!;
    Object.assign(found, { value });
    found.fire(type);
    await settled();
  }
}
