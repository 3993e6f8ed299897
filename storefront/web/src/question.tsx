import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from './parts';

interface QuestionProps {
  text: string;
  problem: string;
  children: ComponentChildren;
}

/**
 * A question before something that cannot be taken back, with its answers. It takes the focus. The second click of a
 * double click on the button that asked answers nothing.
 */
export function Question({ text, problem, children }: QuestionProps) {
  const ref = useRef<HTMLParagraphElement>(null);
  const [shownAt] = useState(() => performance.now());
  useEffect(() => ref.current?.focus(), []);
  const guard = (event: MouseEvent) => {
    if (isTooEarly(event, shownAt)) event.stopPropagation();
  };
  return (
    <div class="notice plain question">
      <p ref={ref} tabIndex={-1}>
        {text}
      </p>
      <Problem text={problem} />
      <div class="row" onClickCapture={guard}>
        {children}
      </div>
    </div>
  );
}

/** Whether a click may have been meant for what was here before. Clicks of keys have `detail` 0 and are never early. */
export function isTooEarly({ detail, timeStamp }: Pick<MouseEvent, 'detail' | 'timeStamp'>, shownAt: number): boolean {
  const pause = detail > 1 ? 1000 : 500; // Windows takes two clicks within 500 ms for one double click, at most 900.
  return detail > 0 && timeStamp - shownAt < pause;
}

/** Which question is asked. After a "No", the button that asked takes the focus: `takesFocus={isBack(...)}`. */
export function useAsked<What = true>() {
  const [{ asked, refused }, set] = useState<{ asked?: What | undefined; refused?: What | undefined }>({});
  return {
    asked,
    ask: (what: What) => set({ asked: what }),
    no: () => set((before) => ({ refused: before.asked })),
    /** There is nothing to ask any more; the focus stays where it is. */
    end: () => set({}),
    isBack: (what: What) => refused === what,
  };
}
