/** The pages that have scripts of their own. */

import { lazyPage } from './lazy';

export const SignInPage = lazyPage(() => import('./auth/pages').then((module) => module.SignInPage));
export const SignUpPage = lazyPage(() => import('./auth/pages').then((module) => module.SignUpPage));
export const ResetPage = lazyPage(() => import('./auth/pages').then((module) => module.ResetPage));
export const CheckoutPage = lazyPage(() => import('./shop/checkout').then((module) => module.CheckoutPage));
export const OrdersPage = lazyPage(() => import('./shop/orders').then((module) => module.OrdersPage));
export const OrderPage = lazyPage(() => import('./shop/order').then((module) => module.OrderPage));
export const ReturnPage = lazyPage(() => import('./shop/return').then((module) => module.ReturnPage));
export const StaffApp = lazyPage(() => import('./staff/app').then((module) => module.StaffApp));
