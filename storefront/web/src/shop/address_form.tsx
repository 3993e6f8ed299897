import { useState } from 'preact/hooks';
import { useShop } from '../context';
import { Button, Field, Form, Problem, useAction } from '../parts';
import { type Draft, EMPTY, countries, problemsOf } from './address';

/** The first step of the checkout. What was typed survives a reload. */
export function AddressForm({ clear }: { clear: () => void }) {
  const { cart, checkout } = useShop();
  const [draft, setDraft] = useState<Draft>(() => ({ ...EMPTY, ...checkout.state.value.draft }));
  const [tried, setTried] = useState(false);
  const { run, problem, isBusy } = useAction();
  const problems = tried ? problemsOf(draft) : {};
  const field = (name: keyof Draft) => ({
    name,
    value: draft[name],
    problem: problems[name],
    onValue: (value: string) => {
      const fresh = { ...draft, [name]: value };
      setDraft(fresh);
      checkout.keep(fresh);
    },
  });
  const submit = async () => {
    setTried(true);
    if (Object.keys(problemsOf(draft)).length > 0) return;
    clear();
    // Prices may have changed since the cart was read.
    await run(async () => checkout.quote(draft, await cart.load()));
  };
  const choices = [
    { value: '', label: 'Choose …' },
    ...countries().map(({ code, name }) => ({ value: code, label: name })),
  ];
  return (
    <section class="narrow" aria-labelledby="address">
      <h2 id="address" tabIndex={-1}>
        Delivery address
      </h2>
      <Problem text={problem} />
      <Form onSubmit={submit}>
        <Field label="Name" autoComplete="name" required {...field('name')} />
        <Field label="Company" autoComplete="organization" {...field('companyName')} />
        <Field label="Street and number" autoComplete="street-address" required {...field('streetAddress')} />
        <div class="pair">
          <Field label="Postcode" autoComplete="postal-code" {...field('postCode')} />
          <Field label="City" autoComplete="address-level2" required {...field('city')} />
        </div>
        <Field label="Country" autoComplete="country" required options={choices} {...field('country')} />
        <Field label="State or region" autoComplete="address-level1" {...field('state')} />
        <Field label="Phone" type="tel" autoComplete="tel" required hint="For the driver" {...field('phoneNumber')} />
        <Button type="submit" label="Continue to payment" isBusy={isBusy} />
      </Form>
    </section>
  );
}
