/** As much of a document as Preact needs to draw a page in Node, and as a test needs to use it. */

import { type ComponentChild, render } from 'preact';
import { act } from 'preact/test-utils';

type Listener = (event: FakeEvent) => void;

export interface FakeEvent {
  type: string;
  detail: number;
  timeStamp: number;
  preventDefault: () => void;
  stopPropagation: () => void;
}

export class FakeNode {
  parentNode: FakeElement | null = null;
  childNodes: FakeNode[] = [];
  namespaceURI = 'http://www.w3.org/1999/xhtml';

  constructor(
    readonly nodeType: number,
    readonly localName: string,
    public data = '',
  ) {}

  get nextSibling(): FakeNode | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null;
  }

  get text(): string {
    return this.nodeType === 3 ? this.data : this.childNodes.map((one) => one.text).join('');
  }
}

export class FakeElement extends FakeNode {
  readonly ownerDocument = globalThis.document;
  readonly attributes: Record<string, string> = {};
  readonly style: Record<string, string> = {};
  private readonly listeners: Record<string, Listener> = {};
  value = '';
  // Preact looks for these names, to know how the events are spelled.
  onclick = null;
  oninput = null;
  onchange = null;
  onsubmit = null;

  constructor(name: string) {
    super(1, name);
  }

  insertBefore(node: FakeNode, before: FakeNode | null): FakeNode {
    node.parentNode?.removeChild(node);
    const place = before ? this.childNodes.indexOf(before) : this.childNodes.length;
    this.childNodes.splice(place, 0, node);
    node.parentNode = this as FakeElement;
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

  contains(): boolean {
    return true;
  }

  setAttribute(name: string, value: unknown): void {
    this.attributes[name] = String(value);
  }

  removeAttribute(name: string): void {
    delete this.attributes[name];
  }

  addEventListener(type: string, listener: Listener, isCapture = false): void {
    this.listeners[`${type} ${isCapture}`] = listener;
  }

  removeEventListener(type: string, _: Listener, isCapture = false): void {
    delete this.listeners[`${type} ${isCapture}`];
  }

  focus(): void {
    (document as unknown as { activeElement: FakeElement }).activeElement = this;
  }

  all(): FakeElement[] {
    const children = this.childNodes.filter((one): one is FakeElement => one instanceof FakeElement);
    return children.flatMap((one) => [one, ...one.all()]);
  }

  querySelector(): FakeElement | null {
    return this.all().find((one) => one.attributes['aria-invalid'] === 'true') ?? null;
  }

  /** Down to this element and up again, as in a browser. */
  dispatch(type: string, more: Partial<FakeEvent> = {}): void {
    let isStopped = false;
    const stopPropagation = () => void (isStopped = true);
    const timeStamp = performance.now();
    const preventDefault = () => undefined;
    const base = { type, detail: 1, timeStamp, target: this, preventDefault, stopPropagation, ...more };
    const path: FakeElement[] = [];
    for (let one: FakeElement | null = this as FakeElement; one; one = one.parentNode) path.push(one);
    const down = [...path].reverse().map((one) => [one, true] as const);
    const up = path.map((one) => [one, false] as const);
    for (const [one, isCapture] of [...down, ...up]) {
      if (isStopped) return;
      const event = Object.assign(base, { currentTarget: one });
      one.listeners[`${type} ${isCapture}`]?.call(one, event);
    }
  }
}

/** The globals of a window. */
export function fakeWindow() {
  const document = {
    title: '',
    hidden: false,
    activeElement: null as FakeElement | null,
    createElementNS: (_: string, name: string) => new FakeElement(name),
    createElement: (name: string) => new FakeElement(name),
    createTextNode: (text: unknown) => new FakeNode(3, '#text', String(text)),
  };
  const nothing = () => undefined;
  return { document, addEventListener: nothing, removeEventListener: nothing, navigator: { onLine: true } };
}

/** Do something, and what follows at once: promises that have an answer, drawing, and effects. */
export const settled = (what: () => void) =>
  act(async () => {
    what();
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  });

/** A page, and what a person does on it. */
export class Page {
  readonly root = new FakeElement('main');

  async show(content: ComponentChild): Promise<void> {
    await settled(() => render(content, this.root as never));
  }

  async press(label: string): Promise<void> {
    await settled(() => this.button(label).dispatch('click'));
  }

  texts(name: string): string[] {
    return this.root.all().filter((one) => one.localName === name).map((one) => one.text);
  }

  async choose(value: string): Promise<void> {
    const found = this.root.all().find((one) => one.localName === 'select')!;
    found.value = value;
    await settled(() => found.dispatch('change'));
  }

  get text(): string {
    return this.root.text;
  }

  button(label: string): FakeElement {
    const found = this.root.all().find((one) => one.localName === 'button' && one.text === label);
    if (!found) throw new Error(`there is no button ${label} in: ${this.text}`);
    return found;
  }

  /** Into the first field, or that with a name. */
  type(text: string, name?: string): void {
    const fields = this.root.all().filter((one) => one.localName === 'input');
    const field = fields.find((one) => !name || one.attributes['name'] === name)!;
    field.value = text;
    field.dispatch('input');
  }

  submit(): void {
    this.root.all().find((one) => one.localName === 'form')!.dispatch('submit');
  }
}
