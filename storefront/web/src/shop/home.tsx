import { useShop } from '../context';
import { NAME } from '../name';
import { Heading, Problem, useLoaded } from '../parts';
import { Cards, Skeleton } from './cards';
import { Picture, picturesOf } from '../picture';
import { search, valuesOf } from './catalogue';

/** How many products are read; and of them, how many are listed. The others give their pictures to the categories. */
const READ = 24;
const LISTED = 8;

export function HomePage() {
  const { api } = useShop();
  const { value, problem, load } = useLoaded(() => search(api, { sort: 'NEWEST', first: READ }), []);
  const withPicture = value?.products.filter((one) => picturesOf(one).length > 0) ?? [];
  const collage = withPicture.length >= 3 ? withPicture : (value?.products ?? []);
  const groups = valuesOf(value?.facets ?? [], 'category');
  return (
    <>
      <section class="hero">
        <div>
          <Heading title="Home">Good things for everyday life</Heading>
          <p>Made to last, at honest prices. {NAME} charges your card when the parcel is at your door, not before.</p>
          <a class="button main" href="/products">
            See everything
          </a>
        </div>
        <div class="collage" aria-hidden="true">
          {collage.slice(0, 3).map((one) => (
            <Picture key={one.productId} product={one} eager />
          ))}
        </div>
      </section>
      <Problem text={problem} retry={load} />
      {!value && !problem && <Skeleton count={LISTED} />}
      {value && (
        <>
          {groups.length > 0 && (
            <section aria-labelledby="categories">
              <h2 id="categories">Categories</h2>
              <ul class="tiles">
                {groups.slice(0, 6).map(({ value: name, count }) => (
                  <li key={name}>
                    <a href={`/products?category=${encodeURIComponent(name)}`}>
                      <Picture
                        product={{
                          productId: name,
                          name,
                          category: name,
                          pictures: withPicture.find((one) => one.category === name)?.pictures ?? null,
                        }}
                        eager
                      />
                      <span class="name">{title(name)}</span>
                      <span class="count">{count === 1 ? '1 product' : `${count} products`}</span>
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <section aria-labelledby="new">
            <h2 id="new">In the shop now</h2>
            <Cards products={value.products.slice(0, LISTED)} />
          </section>
        </>
      )}
    </>
  );
}

/** `kitchen` as a heading. */
export function title(name: string): string {
  return name ? name[0]!.toUpperCase() + name.slice(1) : '';
}
