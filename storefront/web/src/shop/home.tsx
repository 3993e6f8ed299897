import type { Api } from '../api/client';
import type { Product } from '../api/documents';
import { useShop } from '../context';
import { NAME } from '../name';
import { Heading, Problem, useLoaded } from '../parts';
import { Cards, Skeleton } from './cards';
import { Picture, picturesOf } from '../picture';
import { search, valuesOf } from './catalogue';

/** How many products are read; and of them, how many are listed. The others give their pictures to the categories. */
const READ = 24;
const LISTED = 8;
const CATEGORIES = 6;
/** Of a category whose picture is not among the products above, so many are looked at. */
const READ_OF_CATEGORY = 5;

export function HomePage() {
  const { api } = useShop();
  const { value, problem, load } = useLoaded(() => search(api, { sort: 'NEWEST', first: READ }), []);
  const withPicture = value?.products.filter((one) => picturesOf(one).length > 0) ?? [];
  const collage = withPicture.length >= 3 ? withPicture : (value?.products ?? []);
  const groups = valuesOf(value?.facets ?? [], 'category').slice(0, CATEGORIES);
  const pictureOf = (name: string) => withPicture.find((one) => one.category === name)?.pictures;
  const bare = groups.map(({ value: name }) => name).filter((name) => !pictureOf(name));
  const { value: more } = useLoaded(() => picturesByCategory(api, bare), [bare.join('\n')]);
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
      {!value && !problem && <Waiting />}
      {value && (
        <>
          {groups.length > 0 && (
            <section aria-labelledby="categories">
              <h2 id="categories">Categories</h2>
              <ul class="tiles">
                {groups.map(({ value: name, count }) => (
                  <li key={name}>
                    <a href={`/products?category=${encodeURIComponent(name)}`}>
                      <Picture
                        product={{
                          productId: name,
                          name,
                          category: name,
                          pictures: pictureOf(name) ?? more?.get(name) ?? null,
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

/** Takes the place of what is being read, so that nothing moves when it is there. */
function Waiting() {
  return (
    <div aria-hidden="true">
      <h2>{'\u00a0'}</h2>
      <ul class="tiles">
        {Array.from({ length: CATEGORIES }, (_, place) => (
          <li key={place} class="ghost" />
        ))}
      </ul>
      <h2>{'\u00a0'}</h2>
      <Skeleton count={LISTED} />
    </div>
  );
}

async function picturesByCategory(api: Api, names: string[]): Promise<Map<string, Product['pictures']>> {
  const found = await Promise.all(
    names.map(async (category) => {
      const { products } = await search(api, { category, sort: 'NEWEST', first: READ_OF_CATEGORY });
      return [category, products.find((one) => picturesOf(one).length > 0)?.pictures ?? null] as const;
    }),
  );
  return new Map(found);
}

/** `kitchen` as a heading. */
export function title(name: string): string {
  return name ? name[0]!.toUpperCase() + name.slice(1) : '';
}
