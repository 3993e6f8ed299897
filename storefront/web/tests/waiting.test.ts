import { expect, it } from 'vitest';
import { forgetSignUp, keepSignUp, keptSignUp } from '../src/auth/waiting';

const kept = new Map<string, string>();
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
} as Storage;

it('keeps a sign-up that waits for its code, in this tab', () => {
  expect(keptSignUp(storage)).toBeNull();
  keepSignUp({ email: 'jo@example.com', isOlder: true, stage: 'password' }, storage);
  expect(keptSignUp(storage)).toEqual({ email: 'jo@example.com', isOlder: true, stage: 'password' });
  forgetSignUp(storage);
  expect(kept.size).toBe(0);
});

it('takes the account of a kept sign-up that says no more than the address for an older one', () => {
  kept.set('shop.signUp', 'jo@example.com');
  expect(keptSignUp(storage)).toEqual({ email: 'jo@example.com', isOlder: true, stage: 'code' });
});
