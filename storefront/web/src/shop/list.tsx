import { useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Facet, Found } from '../api/documents';
import { useShop } from '../context';
import { inWords } from '../errors';
import { Button, Heading, Problem, useLoaded } from '../parts';
import { useStore } from '../store';
import { Cards, Skeleton } from './cards';
import {
  FILTERS,
  SORTS,
  bandInWords,
  countFilters,
  filterOf,
  firstOf,
  search,
  searchOf,
  valuesOf,
  withChosen,
} from './catalogue';
import { title } from './home';
import { ListCache, markAsShown, repeats, wasShown } from './list_cache';

const cache = new ListCache();
const LISTED_VALUES = 8;

/** The address of the list is the search: it can be bookmarked, and “back” works. */
export function ListPage() {
  const { api, config } = useShop();
  const { query, route, url } = useLocation();
  const times = useStore(repeats);
  const asked = searchOf(query);
  const key = JSON.stringify(asked);
  const arrival = useRef({ url: '', times, isBack: false });
  if (arrival.current.url !== url) arrival.current = { url, times, isBack: wasShown() };
  useEffect(markAsShown, [url]);
  // Links and searches show the catalogue of now.
  const kept = arrival.current.isBack && arrival.current.times === times ? cache.get(key) : undefined;
  const read = async () => {
    if (kept) return { key, found: kept };
    const found = await search(api, asked);
    cache.put(key, found);
    return { key, found };
  };
  const { value: last, problem, load, set } = useLoaded(read, [url, times], kept && { key, found: kept });
  // Until the answer, the last value is that of the address before. Its filters alone stay, with the focus in them.
  const value = last?.key === key ? last.found : kept;
  const [problemOfMore, setProblemOfMore] = useState('');
  useEffect(() => setProblemOfMore(''), [key]);
  const shownKey = useRef(key);
  shownKey.current = key;

  const change = (changes: Record<string, string>) => {
    const fresh = new URLSearchParams({ ...query, ...changes });
    for (const [name, text] of [...fresh]) if (!text) fresh.delete(name);
    route(`/products?${fresh}`);
  };
  const nextToken = value?.nextToken;
  const loadMore = async () => {
    try {
      const found = await search(api, { ...asked, nextToken: nextToken! });
      const all = { ...value!, products: [...value!.products, ...found.products], nextToken: found.nextToken };
      cache.extend(key, all);
      if (shownKey.current !== key) return;
      set({ key, found: all });
      setProblemOfMore('');
    } catch (error) {
      if (shownKey.current === key) setProblemOfMore(inWords(error));
    }
  };
  const heading = asked.text ? `Results for “${asked.text}”` : asked.category ? title(asked.category) : 'All products';
  return (
    <>
      <Heading key={heading}>{heading}</Heading>
      <Problem text={problem} retry={load} />
      <div class={value?.total === 0 && countFilters(query) === 0 ? 'listing bare' : 'listing'}>
        <Filters found={value ?? last?.found} query={query} currency={config.currency} change={change} />
        <section aria-label="Products">
          <div class="toolbar">
            <p role="status">{value ? (value.total === 1 ? '1 product' : `${value.total} products`) : ''}</p>
            <label>
              Sort by{' '}
              <select
                value={asked.sort ?? (asked.text ? 'RELEVANCE' : 'NEWEST')}
                onChange={(event) => change({ sort: event.currentTarget.value })}
              >
                {SORTS.filter(([sort]) => sort !== 'RELEVANCE' || asked.text).map(([sort, label]) => (
                  <option key={sort} value={sort}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
          </div>
          {!value && !problem && <Skeleton count={8} />}
          {value?.total === 0 && (
            <div class="empty">
              <p>Nothing was found. Try fewer or other words.</p>
              <a class="button quiet" href="/products">
                Show everything
              </a>
            </div>
          )}
          {value && <Cards products={value.products} />}
          <Problem text={problemOfMore} />
          {nextToken && <Button kind="quiet" label="Show more" onClick={loadMore} />}
        </section>
      </div>
    </>
  );
}

interface FiltersProps {
  found: Found | undefined;
  query: Record<string, string>;
  currency: string;
  change: (changes: Record<string, string>) => void;
}

function Filters({ found, query, currency, change }: FiltersProps) {
  const facets = found?.facets ?? [];
  const labels: Record<string, string> = { category: 'Category', tag: 'Tag', price: 'Price' };
  const words = (name: string, value: string) => (name === 'price' ? bandInWords(value, currency) : title(value));
  const shown = facets
    .filter(({ name }) => labels[name])
    .map(({ name, values }) => ({ name, values: withChosen(values, filterOf(query, name), found!.total) }))
    .filter(({ values }) => values.length > 0);
  const stocked = valuesOf(facets, 'stock').filter(({ value }) => value !== 'OUT');
  const active = countFilters(query);
  if (shown.length === 0 && active === 0) return <div />;
  return (
    <details class="filters" open={matchMedia('(min-width: 50rem)').matches}>
      <summary>{active > 0 ? `Filter (${active})` : 'Filter'}</summary>
      {active > 0 && (
        <Button
          kind="quiet"
          label="Clear filters"
          onClick={() => change(Object.fromEntries(FILTERS.map((name) => [name, ''])))}
        />
      )}
      <fieldset>
        <legend>Stock</legend>
        <label>
          <input
            type="checkbox"
            checked={!!query['stock']}
            onChange={(event) => change({ stock: event.currentTarget.checked ? 'in' : '' })}
          />
          <span>Only what is in stock</span>
          {facets.length > 0 && <span class="count">{stocked.reduce((sum, one) => sum + one.count, 0)}</span>}
        </label>
      </fieldset>
      {shown.map(({ name, values }) => (
        <FacetValues
          key={name}
          legend={labels[name]!}
          values={name === 'price' ? byPrice(values) : values}
          chosen={query[name]}
          words={(value) => words(name, value)}
          choose={(value) => change({ [name]: value })}
        />
      ))}
    </details>
  );
}

interface FacetValuesProps {
  legend: string;
  values: Facet['values'];
  chosen: string | undefined;
  words: (value: string) => string;
  choose: (value: string) => void;
}

function FacetValues({ legend, values, chosen, words, choose }: FacetValuesProps) {
  const [isAll, setAll] = useState(false);
  const listed = isAll ? values : firstOf(values, LISTED_VALUES, chosen);
  return (
    <fieldset>
      <legend>{legend}</legend>
      {listed.map(({ value, count }) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen === value}
            onChange={(event) => choose(event.currentTarget.checked ? value : '')}
          />
          <span>{words(value)}</span>
          <span class="count">{count}</span>
        </label>
      ))}
      {(isAll || listed.length < values.length) && (
        <button type="button" class="link more" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? 'Show fewer' : `Show all ${values.length}`}
        </button>
      )}
    </fieldset>
  );
}

function byPrice(values: Facet['values']): Facet['values'] {
  return [...values].sort((one, other) => parseInt(one.value, 10) - parseInt(other.value, 10));
}
