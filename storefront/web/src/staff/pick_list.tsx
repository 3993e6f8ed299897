import type { Product } from '../api/documents';
import { Button } from '../parts';
import { Picture } from '../picture';
import type { Units } from './ordered_units';

interface ListProps {
  lines: { productId: string; quantity: number }[];
  products: Map<string, Product | null>;
  ordered?: Units | null;
  change?: (productId: string, quantity: number) => void;
}

/** What belongs into the package. With `change` the clerk says how many units are in it. */
export function PickList({ lines, products, ordered, change }: ListProps) {
  return (
    <ul class="lines" aria-label="Pick list">
      {lines.map(({ productId, quantity }) => {
        const product = products.get(productId);
        const name = product?.name ?? productId;
        const most = ordered?.[productId];
        return (
          <li key={productId} class="line pick">
            <span class="thumb">
              <Picture product={product ?? { productId, name }} />
            </span>
            <div>
              <span class="name">{name}</span>
              <p class="hint">
                <code>{productId}</code>
              </p>
              {change ? (
                <div class="stepper" role="group" aria-label={`Units of ${name} in the package`}>
                  <Button
                    kind="quiet"
                    label="−"
                    name={`One less ${name}`}
                    isOff={quantity === 0}
                    onClick={() => change(productId, quantity - 1)}
                  />
                  <output aria-live="polite">{quantity}</output>
                  <Button
                    kind="quiet"
                    label="+"
                    name={`One more ${name}`}
                    isOff={quantity === most}
                    onClick={() => change(productId, quantity + 1)}
                  />
                  <Button
                    kind="quiet"
                    label="None"
                    name={`No ${name}`}
                    isOff={quantity === 0}
                    onClick={() => change(productId, 0)}
                  />
                  {most !== undefined && <span class="hint">of {most}</span>}
                </div>
              ) : (
                <p>
                  <strong>{quantity}</strong> {quantity === 1 ? 'unit' : 'units'}
                </p>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
