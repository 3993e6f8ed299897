import { LookupForm } from './lookup_form';

interface FormProps {
  label: string;
  kind?: 'main' | 'quiet';
  typed?: string;
  open: (orderId: string) => void;
}

/** Opens the page of an order. */
export function OrderNumberForm({ label, kind = 'main', typed = '', open }: FormProps) {
  return (
    <LookupForm
      about="Find an order"
      field="Order number"
      name="orderId"
      button={label}
      kind={kind}
      typed={typed}
      missing="Please enter an order number."
      look={open}
    />
  );
}
