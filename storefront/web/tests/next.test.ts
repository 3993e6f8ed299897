import { expect, test } from 'vitest';
import { nextOf, reasonOf } from '../src/auth/next';

const ORIGIN = 'https://shop.example.com';

test.each([
  ['/orders/1?new=1', '/orders/1?new=1'],
  ['/checkout', '/checkout'],
  [undefined, '/'],
  ['//evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/\r\\evil.example', '/'],
  ['/.//evil.example', '/'],
  ['/shop/..//evil.example?now', '/'],
  ['/.\\\\evil.example', '/'],
  ['https://shop.example.com//evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in', '/'],
  ['/sign-up?next=/', '/'],
])('the page after the sign-in, asked for as %j', (asked, expected) => {
  expect(nextOf(asked, ORIGIN)).toBe(expected);
});

test('the sign-in says why it is asked for', () => {
  expect(reasonOf('/', false)).toBe('');
  expect(reasonOf('/orders', true)).toBe('Your session has ended. Please sign in again.');
  expect(reasonOf('/checkout', false)).toBe('An account is needed to order. Your cart is kept.');
  expect(reasonOf('/checkout', true)).toContain('Your session has ended. Please sign in again; your cart is kept.');
});
