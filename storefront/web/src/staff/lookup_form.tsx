import { useState } from 'preact/hooks';
import { Button, Field, Form } from '../parts';

interface LookupProps {
  /** Of the form, for screen readers. */
  about: string;
  field: string;
  name: string;
  button: string;
  kind?: 'main' | 'quiet';
  typed: string;
  /** What is said when nothing was entered. When undefined, an empty text is looked up too. */
  missing: string | undefined;
  look: (text: string) => void;
}

/** One field and its button: it looks up what was entered. */
export function LookupForm({ about, field, name, button, kind = 'main', typed, missing, look }: LookupProps) {
  const [text, setText] = useState(typed);
  const [tried, setTried] = useState(false);
  const problem = text.trim() ? undefined : missing;
  const submit = async () => {
    setTried(true);
    if (!problem) look(text.trim());
  };
  return (
    <Form onSubmit={submit} label={about}>
      <div class="inline">
        <Field
          label={field}
          name={name}
          required
          value={text}
          onValue={setText}
          problem={tried ? problem : undefined}
        />
        <Button type="submit" kind={kind} label={button} />
      </div>
    </Form>
  );
}
