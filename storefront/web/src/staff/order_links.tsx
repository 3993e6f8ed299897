import { useStore } from '../store';
import { useDesk } from './context';
import { type About, linksOf, shortNumber } from './pages';

/** The number of an order, and the other pages about it. */
export function OrderLinks({ orderId, here }: { orderId: string; here: About }) {
  const person = useStore(useDesk().session.person);
  return (
    <p class="hint about">
      <span>
        Order <strong>{shortNumber(orderId)}</strong> <code>{orderId}</code>
      </span>
      {linksOf(orderId, person, here).map(([name, where]) => (
        <a key={where} href={where}>
          {name}
        </a>
      ))}
    </p>
  );
}

/** The number of an order in a list: the short one to look for, the whole one to copy. */
export function OrderNumber({ orderId }: { orderId: string }) {
  return (
    <span>
      <strong>{shortNumber(orderId)}</strong> <code class="whole">{orderId}</code>
    </span>
  );
}
