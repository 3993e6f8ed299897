import { useState } from 'preact/hooks';
import { Button, Field, Form } from '../parts';

interface FormProps {
  label: string;
  kind?: 'main' | 'quiet';
  typed?: string;
  open: (orderId: string) => void;
}

/** Opens the page of an order. */
export function OrderNumberForm({ label, kind = 'main', typed = '', open }: FormProps) {
  const [orderId, setOrderId] = useState(typed);
  const [tried, setTried] = useState(false);
  const isEmpty = !orderId.trim();
  const submit = async () => {
    setTried(true);
    if (!isEmpty) open(orderId.trim());
  };
  return (
    <Form onSubmit={submit}>
      <div class="inline">
        <Field
          label="Order number"
          name="orderId"
          required
          value={orderId}
          onValue={setOrderId}
          problem={tried && isEmpty ? 'Please enter an order number.' : undefined}
        />
        <Button type="submit" kind={kind} label={label} />
      </div>
    </Form>
  );
}
