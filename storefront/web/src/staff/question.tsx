import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Problem } from '../parts';

interface QuestionProps {
  text: string;
  problem: string;
  children: ComponentChildren;
}

/** A question before something that cannot be taken back, with its answers. It takes the focus. */
export function Question({ text, problem, children }: QuestionProps) {
  const ref = useRef<HTMLParagraphElement>(null);
  useEffect(() => ref.current?.focus(), []);
  return (
    <div class="notice plain question">
      <p ref={ref} tabIndex={-1}>
        {text}
      </p>
      <Problem text={problem} />
      <div class="row">{children}</div>
    </div>
  );
}
