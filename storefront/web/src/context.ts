import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { Api } from './api/client';
import { ProductCache } from './api/product_cache';
import { Session } from './auth/session';
import type { Config } from './config';
import { CartStore } from './shop/cart_store';
import { CheckoutStore } from './shop/checkout_store';

/** What the pages of the shop share. */
export interface Shop {
  config: Config;
  session: Session;
  api: Api;
  products: ProductCache;
  cart: CartStore;
  checkout: CheckoutStore;
}

export function createShop(config: Config): Shop {
  const session = new Session(config, 'shop');
  const api = new Api(config, session);
  const checkout = new CheckoutStore(api, session, config);
  return { config, session, api, products: new ProductCache(api), checkout, cart: new CartStore(api, session) };
}

export const ShopContext = createContext<Shop | null>(null);

export function useShop(): Shop {
  return useContext(ShopContext)!;
}
