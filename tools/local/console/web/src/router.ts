/** Addresses of the pages: `#/orders/an-id`. */

import { useEffect, useState } from 'preact/hooks';

export interface Route {
  page: string;
  id: string;
}

function present(): Route {
  const [page = '', id = ''] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  return { page, id };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(present);
  useEffect(() => {
    const change = () => setRoute(present());
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return route;
}

export function address(page: string, id = ''): string {
  return id ? `#/${page}/${encodeURIComponent(id)}` : `#/${page}`;
}
