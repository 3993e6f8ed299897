import { useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import { Refused } from '../errors';
import { Button, Field, Form, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { useDesk } from './context';
import { type Delivery, completeDelivery, failDelivery, getDelivery, startDelivery } from './documents';
import { noteEnded, noteStarted } from './on_the_road';

export function DeliveryPage() {
  const { api } = useDesk();
  const orderId = useRoute().params['orderId'] ?? '';
  const [ended, setEnded] = useState('');
  const { value, problem, load } = useLoaded(
    async () => (await api.ask(getDelivery, { input: { orderId } })).getDelivery,
    [orderId],
  );
  return (
    <>
      <Heading>Delivery</Heading>
      <p class="hint">
        Order <code>{orderId}</code>
      </p>
      <Problem text={problem} retry={load} />
      {value === undefined && !problem && <Loading what="the delivery" />}
      {value === null && <p>There is no parcel of this order.</p>}
      <Status>{ended && <p id="ended">{ended}</p>}</Status>
      {value && <Where delivery={value} />}
      {value && !value.shipment && <Start orderId={orderId} load={load} />}
      {value?.shipment && !ended && <End orderId={orderId} setEnded={setEnded} />}
      <p>
        <a href="/staff/deliveries">To the deliveries</a>
      </p>
    </>
  );
}

function Where({ delivery }: { delivery: Delivery }) {
  const { address, shipment } = delivery;
  return (
    <div class="card-like">
      <address>
        <strong>{address.name}</strong>
        {address.companyName && <span>{address.companyName}</span>}
        <span>{address.streetAddress}</span>
        <span>{[address.postCode, address.city].filter(Boolean).join(' ')}</span>
        <span>{[address.state, address.country].filter(Boolean).join(', ')}</span>
        <a href={`tel:${address.phoneNumber.replace(/[^+\d]/g, '')}`}>{address.phoneNumber}</a>
      </address>
      {shipment && (
        <p>
          {shipment.carrier}, <code>{shipment.trackingNumber}</code>
        </p>
      )}
    </div>
  );
}

const RULE = /^[A-Za-z0-9._ -]{1,64}$/;
const HINT = 'Letters, digits, “-”, “.”, “_” and spaces. Empty: one is made.';

function Start({ orderId, load }: { orderId: string; load: () => Promise<void> }) {
  const { api } = useDesk();
  const [carrier, setCarrier] = useState('');
  const [trackingNumber, setTrackingNumber] = useState('');
  const { run, problem, isBusy } = useAction();
  const wrong = (text: string) => (text.trim() && !RULE.test(text.trim()) ? HINT : undefined);
  const start = async () => {
    if (wrong(carrier) ?? wrong(trackingNumber)) return;
    await run(async () => {
      const input = { orderId, carrier: carrier.trim() || null, trackingNumber: trackingNumber.trim() || null };
      try {
        noteStarted(orderId); // Before the answer, which may be lost.
        // With the same values a repeat changes nothing; without values it is refused, so it is not sent again.
        await api.ask(startDelivery, { input }, { repeat: !!input.carrier && !!input.trackingNumber });
      } catch (error) {
        if (error instanceof Refused && error.code !== 'ILLEGAL_MOVE') noteEnded(orderId);
        throw error;
      } finally {
        await load();
      }
    });
  };
  return (
    <Form onSubmit={start} label="Start the delivery">
      <h2>Start the delivery</h2>
      <Problem text={problem} />
      <Field
        label="Carrier"
        name="carrier"
        maxLength={64}
        value={carrier}
        onValue={setCarrier}
        problem={wrong(carrier)}
        hint={HINT}
      />
      <Field
        label="Tracking number"
        name="trackingNumber"
        maxLength={64}
        value={trackingNumber}
        onValue={setTrackingNumber}
        problem={wrong(trackingNumber)}
        hint={HINT}
      />
      <Button type="submit" label="The parcel is on its way" isBusy={isBusy} />
    </Form>
  );
}

function End({ orderId, setEnded }: { orderId: string; setEnded: (text: string) => void }) {
  const { api } = useDesk();
  const [isAsked, setAsked] = useState(false);
  const { run, problem, isBusy } = useAction();
  const end = (document: typeof completeDelivery | typeof failDelivery, words: string) =>
    run(async () => {
      try {
        await api.ask(document as typeof completeDelivery, { input: { orderId } }, { repeat: false });
        setEnded(words);
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== 'ILLEGAL_MOVE') throw error;
        setEnded('This delivery had ended already.');
      }
      noteEnded(orderId);
    });
  return (
    <>
      <Problem text={problem} />
      <div class="row">
        <Button
          label="Delivered"
          isBusy={isBusy}
          onClick={() => end(completeDelivery, 'The parcel is delivered. The card is charged.')}
        />
        {isAsked ? (
          <Button
            kind="danger"
            label="Yes, it comes back"
            isBusy={isBusy}
            onClick={() => end(failDelivery, 'The parcel comes back. The shopper pays nothing.')}
          />
        ) : (
          <Button kind="quiet" label="Could not be delivered" disabled={isBusy} onClick={() => setAsked(true)} />
        )}
      </div>
    </>
  );
}
