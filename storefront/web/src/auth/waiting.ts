/** A sign-up that waits for its code survives a reload of the tab; the password does not. */

import { type Storing, ofTab } from '../storage';

export interface Waiting {
  email: string;
  /** The address had an account before. */
  isOlder: boolean;
  /** It waits for the code that confirms it, or for the one of a new password. */
  stage: 'code' | 'password';
}

const KEY = 'shop.signUp';

export function keepSignUp(waiting: Waiting, storage: Storing = ofTab): void {
  storage.setItem(KEY, JSON.stringify(waiting));
}

export function forgetSignUp(storage: Storing = ofTab): void {
  storage.removeItem(KEY);
}

export function keptSignUp(storage: Storing = ofTab): Waiting | null {
  const text = storage.getItem(KEY);
  if (!text) return null;
  // Earlier versions of the page kept the address alone.
  return text.startsWith('{') ? (JSON.parse(text) as Waiting) : { email: text, isOlder: true, stage: 'code' };
}
