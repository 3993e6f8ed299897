/** The queries, mutations and subscriptions of the shop. A test checks them against the GraphQL schema. */

import { gql } from '@urql/core';
import type * as types from './types';

export type Product = Pick<
  types.Product,
  | 'productId'
  | 'name'
  | 'price'
  | 'currency'
  | 'category'
  | 'tags'
  | 'pictures'
  | 'createdDate'
  | 'modifiedDate'
  | 'package'
>;
export type Availability = types.Availability;
export type Cart = types.Cart;
export type CartLine = types.CartLine;
export type Order = types.Order;
export type Return = types.Return;
export type Address = types.Address;

const PRODUCT = `productId name price currency category tags pictures createdDate modifiedDate
  package { width length height weight }`;
const CART = `cartId currency version subtotal expiresAt
  lines { productId name quantity pictures price priceBefore available package { width length height weight } }`;
export const ORDER = `orderId userId createdDate modifiedDate status paymentStatus deliveryPrice total currency refunded
  products { productId name price currency quantity pictures package { width length height weight } }
  address { name companyName streetAddress postCode city state country phoneNumber }
  shipment { carrier trackingNumber } history { at status cause }`;
export const RETURN = `returnId orderId userId createdDate currency status refund reason
  lines { productId quantity reason received restocked } history { at status cause }`;

type Token = { nextToken: string | null };

export const getProducts = gql<{ getProducts: { products: Product[] } & Token }, { nextToken: string | null }>`
  query Products($nextToken: String) { getProducts(nextToken: $nextToken) { products { ${PRODUCT} } nextToken } }`;

export interface SearchInput {
  text?: string;
  category?: string;
  tags?: string[];
  minPrice?: number;
  maxPrice?: number;
  inStock?: boolean;
  sort?: 'RELEVANCE' | 'NEWEST' | 'PRICE_ASC' | 'PRICE_DESC' | 'NAME';
  first?: number;
  nextToken?: string;
}

export type Facet = types.Facet;
export type Found = Omit<types.SearchResult, 'products'> & { products: Product[] };

export const searchProducts = gql<{ searchProducts: Found }, { input: SearchInput }>`
  query Search($input: SearchInput!) { searchProducts(input: $input) {
    products { ${PRODUCT} } total facets { name values { value count } } nextToken } }`;

export const getProduct = gql<{ getProduct: Product | null }, { productId: string }>`
  query Product($productId: ID!) { getProduct(productId: $productId) { ${PRODUCT} } }`;

export const getAvailability = gql<{ getAvailability: Availability[] }, { productIds: string[] }>`
  query Availability($productIds: [ID!]!) {
    getAvailability(productIds: $productIds) {
      productId
      level
      version
    }
  }
`;

export const onAvailabilityChanged = gql<{ onAvailabilityChanged: Availability | null }, { productId: string }>`
  subscription AvailabilityChanged($productId: ID!) {
    onAvailabilityChanged(productId: $productId) {
      productId
      level
      version
    }
  }
`;

export const getCart = gql<{ getCart: Cart | null }, { cartId: string | null }>`
  query Cart($cartId: ID) { getCart(cartId: $cartId) { ${CART} } }`;

export const updateCart = gql<
  { updateCart: Cart },
  { input: { cartId: string | null; productId: string; quantity: number; expectedVersion: number | null } }
>`mutation UpdateCart($input: UpdateCartInput!) { updateCart(input: $input) { ${CART} } }`;

export const mergeCart = gql<{ mergeCart: Cart }, { cartId: string }>`
  mutation MergeCart($cartId: ID!) { mergeCart(cartId: $cartId) { ${CART} } }`;

export const getDeliveryPricing = gql<
  { getDeliveryPricing: { pricing: number } },
  { input: { products: object[]; address: object } }
>`
  query DeliveryPricing($input: DeliveryPricingInput!) {
    getDeliveryPricing(input: $input) {
      pricing
    }
  }
`;

export const getOrders = gql<{ getOrders: { orders: Order[] } & Token }, { nextToken: string | null }>`
  query Orders($nextToken: String) { getOrders(nextToken: $nextToken) { orders { ${ORDER} } nextToken } }`;

export const getOrder = gql<{ getOrder: Order | null }, { orderId: string }>`
  query Order($orderId: ID!) { getOrder(orderId: $orderId) { ${ORDER} } }`;

export const onOrderChanged = gql<{ onOrderChanged: Order | null }, { orderId: string }>`
  subscription OrderChanged($orderId: ID!) { onOrderChanged(orderId: $orderId) { ${ORDER} } }`;

export const cancelOrder = gql<{ cancelOrder: Order }, { orderId: string }>`
  mutation CancelOrder($orderId: ID!) { cancelOrder(orderId: $orderId) { ${ORDER} } }`;

export const getReturns = gql<{ getReturns: Return[] }, { orderId: string }>`
  query Returns($orderId: ID!) { getReturns(orderId: $orderId) { ${RETURN} } }`;

export interface ReturnRequest {
  orderId: string;
  lines: { productId: string; quantity: number; reason: string | null }[];
  clientToken: string;
}

export const requestReturn = gql<{ requestReturn: Return }, { input: ReturnRequest }>`
  mutation RequestReturn($input: RequestReturnInput!) { requestReturn(input: $input) { ${RETURN} } }`;

export const cancelReturn = gql<{ cancelReturn: Return }, { returnId: string }>`
  mutation CancelReturn($returnId: ID!) { cancelReturn(returnId: $returnId) { ${RETURN} } }`;
