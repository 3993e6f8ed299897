/** The queries and mutations of staff. A test checks them against the GraphQL schema. */

import { gql } from '@urql/core';
import { ORDER, type Order, RETURN, type Return } from '../api/documents';
import type * as types from '../api/types';

export type PackagingRequest = types.PackagingRequest;
export type Delivery = types.Delivery;
export type Stock = types.Stock;
export type Picture = types.Picture;

export type Ids = { packagingRequestIds: string[]; nextToken: string | null };
type Page = { nextToken: string | null };
type ByOrder = { input: { orderId: string } };
type Done = { success: boolean };

const REQUEST = 'orderId status products { productId quantity }';
const DELIVERY = `orderId shipment { carrier trackingNumber }
  address { name companyName streetAddress postCode city state country phoneNumber }`;

export const getNewRequests = gql<{ getNewPackagingRequestIds: Ids }, Page>`
  query NewRequests($nextToken: String) {
    getNewPackagingRequestIds(nextToken: $nextToken) {
      packagingRequestIds
      nextToken
    }
  }
`;

export const getStartedRequests = gql<{ getStartedPackagingRequestIds: Ids }, Page>`
  query StartedRequests($nextToken: String) {
    getStartedPackagingRequestIds(nextToken: $nextToken) {
      packagingRequestIds
      nextToken
    }
  }
`;

export const getPackagingRequest = gql<{ getPackagingRequest: PackagingRequest | null }, ByOrder>`
  query PackagingRequest($input: PackagingInput!) { getPackagingRequest(input: $input) { ${REQUEST} } }`;

export const startPackaging = gql<{ startPackaging: Done }, ByOrder>`
  mutation StartPackaging($input: PackagingInput!) {
    startPackaging(input: $input) {
      success
    }
  }
`;

export const updatePackagingProduct = gql<
  { updatePackagingProduct: Done },
  { input: { orderId: string; productId: string; quantity: number } }
>`
  mutation UpdatePackaging($input: UpdatePackagingProductInput!) {
    updatePackagingProduct(input: $input) {
      success
    }
  }
`;

export const completePackaging = gql<{ completePackaging: Done }, ByOrder>`
  mutation CompletePackaging($input: PackagingInput!) {
    completePackaging(input: $input) {
      success
    }
  }
`;

export const getNewDeliveries = gql<{ getNewDeliveries: { deliveries: Delivery[] } & Page }, Page>`
  query NewDeliveries($nextToken: String) { getNewDeliveries(nextToken: $nextToken) { deliveries { ${DELIVERY} } nextToken } }`;

export const getDelivery = gql<{ getDelivery: Delivery | null }, ByOrder>`
  query Delivery($input: DeliveryInput!) { getDelivery(input: $input) { ${DELIVERY} } }`;

export const startDelivery = gql<
  { startDelivery: Done },
  { input: { orderId: string; carrier: string | null; trackingNumber: string | null } }
>`
  mutation StartDelivery($input: DeliveryInput!) {
    startDelivery(input: $input) {
      success
    }
  }
`;

export const completeDelivery = gql<{ completeDelivery: Done }, ByOrder>`
  mutation CompleteDelivery($input: DeliveryInput!) {
    completeDelivery(input: $input) {
      success
    }
  }
`;

export const failDelivery = gql<{ failDelivery: Done }, ByOrder>`
  mutation FailDelivery($input: DeliveryInput!) {
    failDelivery(input: $input) {
      success
    }
  }
`;

export const getAnyOrder = gql<{ getOrder: Order | null; getReturns: Return[] }, { orderId: string }>`
  query AnyOrder($orderId: ID!) { getOrder(orderId: $orderId) { ${ORDER} } getReturns(orderId: $orderId) { ${RETURN} } }`;

export const cancelAnyOrder = gql<{ cancelOrder: Order }, { orderId: string }>`
  mutation CancelAnyOrder($orderId: ID!) { cancelOrder(orderId: $orderId) { ${ORDER} } }`;

export const getOpenReturns = gql<{ getOpenReturns: { returns: Return[] } & Page }, Page>`
  query OpenReturns($nextToken: String) { getOpenReturns(nextToken: $nextToken) { returns { ${RETURN} } nextToken } }`;

export const getReturn = gql<{ getReturn: Return | null }, { returnId: string }>`
  query Return($returnId: ID!) { getReturn(returnId: $returnId) { ${RETURN} } }`;

export const approveReturn = gql<{ approveReturn: Return }, { returnId: string }>`
  mutation ApproveReturn($returnId: ID!) { approveReturn(returnId: $returnId) { ${RETURN} } }`;

export const refuseReturn = gql<{ refuseReturn: Return }, { returnId: string; reason: string }>`
  mutation RefuseReturn($returnId: ID!, $reason: String!) { refuseReturn(returnId: $returnId, reason: $reason) { ${RETURN} } }`;

export interface Received {
  productId: string;
  quantity: number;
  condition: 'RESTOCK' | 'SCRAP';
}

export const receiveReturn = gql<{ receiveReturn: Return }, { input: { returnId: string; lines: Received[] } }>`
  mutation ReceiveReturn($input: ReceiveReturnInput!) { receiveReturn(input: $input) { ${RETURN} } }`;

export const getStock = gql<{ getStock: Stock | null }, { productId: string }>`
  query Stock($productId: ID!) {
    getStock(productId: $productId) {
      productId
      onHand
      reserved
      available
    }
  }
`;

export const setStock = gql<{ setStock: Stock }, { productId: string; onHand: number }>`
  mutation SetStock($productId: ID!, $onHand: Int!) {
    setStock(productId: $productId, onHand: $onHand) {
      productId
      onHand
      reserved
      available
    }
  }
`;

export interface ProductInput {
  productId: string;
  name: string;
  price: number;
  category: string | null;
  tags: string[];
  package: { width: number | null; length: number | null; height: number | null; weight: number | null };
  pictures?: string[];
  expectedModifiedDate?: string;
}

export const createProduct = gql<{ createProduct: { modifiedDate: string | null } }, { product: ProductInput }>`
  mutation CreateProduct($product: ProductInput!) {
    createProduct(product: $product) {
      modifiedDate
    }
  }
`;

export const updateProduct = gql<{ updateProduct: { modifiedDate: string | null } }, { product: ProductInput }>`
  mutation UpdateProduct($product: ProductInput!) {
    updateProduct(product: $product) {
      modifiedDate
    }
  }
`;

export const deleteProduct = gql<{ deleteProduct: { productId: string } }, { productId: string }>`
  mutation DeleteProduct($productId: ID!) {
    deleteProduct(productId: $productId) {
      productId
    }
  }
`;

const PICTURE = 'pictureId productId status reason width height urls';

export const getPictures = gql<{ getPictures: Picture[] }, { productId: string }>`
  query Pictures($productId: ID!) { getPictures(productId: $productId) { ${PICTURE} } }`;

export const createPictureUpload = gql<
  { createPictureUpload: { pictureId: string; url: string; fields: string } },
  { input: { productId: string; contentType: string; bytes: number } }
>`
  mutation CreatePictureUpload($input: PictureUploadInput!) {
    createPictureUpload(input: $input) {
      pictureId
      url
      fields
    }
  }
`;

export const deletePicture = gql<{ deletePicture: Picture }, { pictureId: string }>`
  mutation DeletePicture($pictureId: ID!) { deletePicture(pictureId: $pictureId) { ${PICTURE} } }`;
