import { useEffect, useState } from 'preact/hooks';
import type { Api } from '../api/client';
import { type Availability, getAvailability, onAvailabilityChanged } from '../api/documents';

/** The newer one of two levels: changes may overtake each other, and the first read. */
export function newer(known: Availability | undefined, found: Availability): Availability {
  return known && (found.version ?? 0) < (known.version ?? 0) ? known : found;
}

/** The live level of a product; undefined while it is not known. */
export function useAvailability(api: Api, productId: string): Availability | undefined {
  const [level, setLevel] = useState<Availability>();
  useEffect(() => {
    setLevel(undefined);
    let isShown = true;
    const show = (found: Availability | null | undefined) =>
      found && isShown && setLevel((known) => newer(known, found));
    const read = async () => {
      const { getAvailability: levels } = await api.ask(getAvailability, { productIds: [productId] });
      show(levels[0]);
    };
    void read().catch(() => undefined);
    const stop = api.live(
      onAvailabilityChanged,
      { productId },
      {
        open: () => void read().catch(() => undefined),
        next: ({ onAvailabilityChanged: found }) => show(found),
      },
    );
    return () => {
      isShown = false;
      stop();
    };
  }, [api, productId]);
  return level;
}

const MOST_IDS = 50;

/** The levels of the products of a list, by their ids; empty while they are not known. They are not live. */
export function useLevels(api: Api, productIds: string[]): Map<string, string> {
  const [levels, setLevels] = useState(new Map<string, string>());
  useEffect(() => {
    let isShown = true;
    const unknown = productIds.filter((id) => !levels.has(id));
    for (let start = 0; start < unknown.length; start += MOST_IDS) {
      api.ask(getAvailability, { productIds: unknown.slice(start, start + MOST_IDS) }).then(
        ({ getAvailability: found }) => {
          const more = found.map((one): [string, string] => [one.productId, one.level]);
          if (isShown) setLevels((known) => new Map([...known, ...more]));
        },
        () => undefined, // The list is of use without.
      );
    }
    return () => void (isShown = false);
  }, [api, productIds.join()]);
  return levels;
}

export const LEVELS: Record<string, string> = { IN: 'In stock', LOW: 'Only a few left', OUT: 'Sold out' };
