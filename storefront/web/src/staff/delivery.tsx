import { useRoute } from 'preact-iso';
import { useState } from 'preact/hooks';
import type { Api } from '../api/client';
import { Refused } from '../errors';
import { Button, Field, Form, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { Question, useAsked } from '../question';
import { orderOf, useDesk } from './context';
import { type Delivery, completeDelivery, failDelivery, getDelivery, startDelivery } from './documents';
import { noteEnded, noteStarted } from './on_the_road';
import { OrderLinks } from './order_links';
import { OUTCOMES, type Outcome, noteOutcome, outcomeOf } from './outcome';

export function DeliveryPage() {
  const desk = useDesk();
  const orderId = useRoute().params['orderId'] ?? '';
  const { value, problem, load } = useLoaded(async () => {
    const [{ getDelivery: delivery }, order] = await Promise.all([
      desk.api.ask(getDelivery, { input: { orderId } }),
      orderOf(desk, orderId),
    ]);
    const outcome = outcomeOf(orderId, order?.status);
    if (outcome) noteEnded(orderId);
    return { delivery, outcome };
  }, [orderId]);
  return (
    <>
      <Heading>Delivery</Heading>
      <OrderLinks orderId={orderId} here="deliveries" />
      <Problem text={problem} retry={load} />
      {value === undefined && !problem && <Loading what="the delivery" />}
      {value && !value.delivery && <p>There is no parcel of this order.</p>}
      <Status>{value?.outcome && <p id="ended">{OUTCOMES[value.outcome]}</p>}</Status>
      {value?.delivery && <Where delivery={value.delivery} />}
      {value?.delivery && !value.delivery.shipment && !value.outcome && <Start orderId={orderId} load={load} />}
      {value?.delivery?.shipment && !value.outcome && <End key={orderId} orderId={orderId} load={load} />}
      <p>
        <a href="/staff/deliveries">To the deliveries</a>
      </p>
    </>
  );
}

function Where({ delivery }: { delivery: Delivery }) {
  const { address, shipment } = delivery;
  const phone = address.phoneNumber;
  return (
    <div class="card-like">
      <address>
        <strong>{address.name}</strong>
        {address.companyName && <span>{address.companyName}</span>}
        <span>{address.streetAddress}</span>
        <span>{[address.postCode, address.city].filter(Boolean).join(' ')}</span>
        <span>{[address.state, address.country].filter(Boolean).join(', ')}</span>
        {phone && <a href={`tel:${phone.replace(/[^+\d]/g, '')}`}>{phone}</a>}
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
const SIGNS = 'Letters, digits, “-”, “.”, “_” and spaces.';
const HINTS = {
  carrier: `${SIGNS} If you leave it empty, it is “Courier”.`,
  trackingNumber: `${SIGNS} If you leave it empty, the platform makes one.`,
};

function Start({ orderId, load }: { orderId: string; load: () => Promise<void> }) {
  const { api } = useDesk();
  const [carrier, setCarrier] = useState('');
  const [trackingNumber, setTrackingNumber] = useState('');
  const { run, problem, isBusy } = useAction();
  const wrong = (text: string) => (text.trim() && !RULE.test(text.trim()) ? SIGNS : undefined);
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
        hint={HINTS.carrier}
      />
      <Field
        label="Tracking number"
        name="trackingNumber"
        maxLength={64}
        value={trackingNumber}
        onValue={setTrackingNumber}
        problem={wrong(trackingNumber)}
        hint={HINTS.trackingNumber}
      />
      <Button type="submit" label="The parcel is on its way" isBusy={isBusy} />
    </Form>
  );
}

const ENDS = {
  FULFILLED: {
    ask: 'Delivered',
    question: 'Is the parcel handed over? The card is charged now.',
    yes: 'Yes, it is delivered',
    kind: 'main',
    send: (api: Api, orderId: string) => api.ask(completeDelivery, { input: { orderId } }, { repeat: false }),
  },
  DELIVERY_FAILED: {
    ask: 'Could not be delivered',
    question: 'Does the parcel come back? The order ends, and the shopper pays nothing.',
    yes: 'Yes, it comes back',
    kind: 'danger',
    send: (api: Api, orderId: string) => api.ask(failDelivery, { input: { orderId } }, { repeat: false }),
  },
} as const;

function End({ orderId, load }: { orderId: string; load: () => Promise<void> }) {
  const { api } = useDesk();
  const { asked, ask, no, isBack } = useAsked<Outcome>();
  const { run, problem, isBusy } = useAction();
  const end = (outcome: Outcome) =>
    run(async () => {
      try {
        await ENDS[outcome].send(api, orderId);
        noteOutcome(orderId, outcome);
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== 'ILLEGAL_MOVE') throw error;
        noteOutcome(orderId, 'UNKNOWN');
      }
      noteEnded(orderId);
      await load();
    });
  if (!asked) {
    return (
      <div class="row">
        <Button
          key="delivered"
          label={ENDS.FULFILLED.ask}
          takesFocus={isBack('FULFILLED')}
          onClick={() => ask('FULFILLED')}
        />
        <Button
          key="failed"
          kind="quiet"
          label={ENDS.DELIVERY_FAILED.ask}
          takesFocus={isBack('DELIVERY_FAILED')}
          onClick={() => ask('DELIVERY_FAILED')}
        />
      </div>
    );
  }
  const { question, yes, kind } = ENDS[asked];
  return (
    <Question text={question} problem={problem}>
      <Button label={yes} kind={kind} isBusy={isBusy} onClick={() => end(asked)} />
      <Button kind="quiet" label="No" onClick={() => !isBusy && no()} />
    </Question>
  );
}
