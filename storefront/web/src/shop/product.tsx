import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { type Product, getProduct } from '../api/documents';
import { useShop } from '../context';
import { money } from '../money';
import { Button, Heading, Loading, Problem, Status, useAction, useLoaded } from '../parts';
import { Picture, picturesOf } from '../picture';
import { useStore } from '../store';
import { LEVELS, useAvailability } from './availability';
import { MOST_UNITS, quantityOf } from './cart_rules';
import { title } from './home';

export function ProductPage() {
  const { api } = useShop();
  const { query } = useLocation();
  const productId = query['id'] ?? '';
  const { value, problem, load } = useLoaded(
    async () => (productId ? (await api.ask(getProduct, { productId })).getProduct : null),
    [productId],
  );
  if (value === null) {
    return (
      <>
        <Heading>This product is not sold here</Heading>
        <p>It may have been sold until recently.</p>
        <a class="button quiet" href="/products">
          See everything
        </a>
      </>
    );
  }
  return (
    <>
      <Problem text={problem} retry={load} />
      {!value && !problem && <Loading what="the product" />}
      {value && <Details key={value.productId} product={value} />}
    </>
  );
}

function Details({ product }: { product: Product }) {
  const { api, cart } = useShop();
  const level = useAvailability(api, product.productId);
  const inCart = quantityOf(useStore(cart.cart) ?? null, product.productId);
  const [quantity, setQuantity] = useState(1);
  const [added, setAdded] = useState('');
  const { run, problem, isBusy } = useAction();
  const isOut = level?.level === 'OUT';
  const add = () => {
    setAdded('');
    return run(async () => {
      await cart.change({ productId: product.productId, by: quantity });
      setAdded(`${product.name} is in your cart.`);
    });
  };
  return (
    <article class="product">
      <Gallery product={product} />
      <div class="facts">
        {product.category && (
          <p class="crumbs">
            <a href={`/products?category=${encodeURIComponent(product.category)}`}>{title(product.category)}</a>
          </p>
        )}
        <Heading>{product.name}</Heading>
        <p class="price large">{money(product.price, product.currency)}</p>
        <p class={`level ${level?.level ?? ''}`} role="status">
          {level ? LEVELS[level.level] : ' '}
        </p>
        <div class="buy">
          {!isOut && (
            <label>
              Quantity
              <select value={quantity} onChange={(event) => setQuantity(Number(event.currentTarget.value))}>
                {Array.from({ length: 10 }, (_, place) => (
                  <option key={place} value={place + 1}>
                    {place + 1}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Button
            label={isOut ? 'Sold out' : 'Add to cart'}
            onClick={add}
            isBusy={isBusy}
            disabled={isOut || inCart >= MOST_UNITS}
          />
        </div>
        <Problem text={problem} />
        <Status>
          {added && (
            <p>
              {added} <a href="/cart">Go to the cart</a>
            </p>
          )}
        </Status>
        {inCart > 0 && !added && <p class="hint">{inCart} in your cart.</p>}
        <Properties product={product} />
      </div>
    </article>
  );
}

function Gallery({ product }: { product: Product }) {
  const [chosen, setChosen] = useState(0);
  const pictures = picturesOf(product);
  return (
    <div class="gallery">
      <Picture key={chosen} product={product} index={chosen} eager />
      {pictures.length > 1 && (
        <div class="thumbnails" role="group" aria-label="Pictures">
          {pictures.map((url, place) => (
            <button
              key={url}
              type="button"
              aria-label={`Picture ${place + 1} of ${pictures.length}`}
              aria-pressed={place === chosen}
              onClick={() => setChosen(place)}
            >
              <Picture product={product} index={place} />
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function Properties({ product }: { product: Product }) {
  const { width, length, height, weight } = product.package;
  const sizes = [width, length, height].filter((one): one is number => !!one).map((one) => one / 10);
  const tags = (product.tags ?? []).filter((one): one is string => !!one);
  return (
    <dl class="properties">
      {tags.length > 0 && (
        <div>
          <dt>Details</dt>
          <dd>
            {tags.map((tag) => (
              <a key={tag} class="tag" href={`/products?tag=${encodeURIComponent(tag)}`}>
                {tag}
              </a>
            ))}
          </dd>
        </div>
      )}
      {sizes.length === 3 && (
        <div>
          <dt>Parcel</dt>
          <dd>{sizes.join(' × ')} cm</dd>
        </div>
      )}
      {!!weight && (
        <div>
          <dt>Weight</dt>
          <dd>{weight < 1000 ? `${weight} g` : `${weight / 1000} kg`}</dd>
        </div>
      )}
    </dl>
  );
}
