/** As much of a document as Preact needs to draw a page in Node, and as a test needs to use it. */

import { type ComponentChild, render } from 'preact';
import { act } from 'preact/test-utils';
import { vi } from 'vitest';

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

  contains(node: FakeNode | null): boolean {
    return node === this || (!!node && this.contains(node.parentNode));
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

/** The globals of a window, and `more` that the pages of a test need. The first `Page` is made afterwards. */
export function stubWindow(more: Record<string, unknown> = {}): void {
  const document = {
    title: '',
    hidden: false,
    activeElement: null as FakeElement | null,
    createElementNS: (_: string, name: string) => new FakeElement(name),
    createElement: (name: string) => new FakeElement(name),
    createTextNode: (text: unknown) => new FakeNode(3, '#text', String(text)),
  };
  const nothing = () => undefined;
  const events = { addEventListener: nothing, removeEventListener: nothing };
  const all = { document, navigator: { onLine: true }, ...events, ...more };
  for (const [name, value] of Object.entries(all)) vi.stubGlobal(name, value);
}

/** What is drawn may ask for something, and its answer is drawn, some times in a row. */
const ROUNDS = 4;

/** Does this, and all that follows from it without a further answer: promises, what is drawn, and its effects. */
export async function settled(change: () => void): Promise<void> {
  await act(change);
  for (let round = 0; round < ROUNDS; round++) {
    // Node has run all that waits for settled promises before it calls `setImmediate`.
    await act(() => new Promise<void>((resolve) => setImmediate(resolve)));
  }
}

/** A page, and what a person does on it. When one of its promises is kept, all has been drawn that follows. */
export class Page {
  readonly root = new FakeElement('main');

  show(content: ComponentChild): Promise<void> {
    return settled(() => render(content, this.root as never));
  }

  get text(): string {
    return this.root.text;
  }

  all(tag: string): FakeElement[] {
    return this.root.all().filter((one) => one.localName === tag);
  }

  texts(tag: string): string[] {
    return this.all(tag).map(({ text }) => text);
  }

  button(label: string): FakeElement {
    const found = this.all('button').find(({ text }) => text === label);
    if (!found) throw new Error(`there is no button ${label} in: ${this.text}`);
    return found;
  }

  press(label: string, more: Partial<FakeEvent> = {}): Promise<void> {
    return settled(() => this.button(label).dispatch('click', more));
  }

  /** The first field, or that with a name. */
  field(name?: string): FakeElement {
    return this.all('input').find(({ attributes }) => !name || attributes['name'] === name)!;
  }

  /** Into the first field, or that with a name. */
  type(text: string, name?: string): Promise<void> {
    return enter(this.field(name), text, 'input');
  }

  /** In the first list of choices. */
  choose(value: string): Promise<void> {
    return enter(this.all('select')[0]!, value, 'change');
  }

  /** The first form, or that with a label. */
  form(label?: string): FakeElement {
    return this.all('form').find(({ attributes }) => !label || attributes['aria-label'] === label)!;
  }

  submit(label?: string): Promise<void> {
    return settled(() => this.form(label).dispatch('submit'));
  }
}

function enter(field: FakeElement, value: string, type: string): Promise<void> {
  field.value = value;
  return settled(() => field.dispatch(type));
}
