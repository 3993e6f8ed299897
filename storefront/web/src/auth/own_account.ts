/**
 * An account belongs to the address, not to the password that it was made with: a stranger can sign up with any address.
 * The code from the mail confirms the account of the stranger too. So its password is replaced, and its sessions end.
 */

import { type Accounts, isRefusal } from './cognito_calls';
import type { Outcome } from './sign_in';

type SignIn = () => Promise<Outcome>;

interface SignUp {
  email: string;
  code: string;
  /** As it was typed at the sign-up; empty after a reload. */
  password: string;
  /** The address had an account before. */
  isOlder: boolean;
}

/**
 * Confirm the account. The result is the sign-in with the password of the sign-up. If the account may have another password,
 * which another person may know, a code for a new one is sent. A repetition after a lost answer does the rest.
 */
export async function confirmSignUp(
  accounts: Accounts,
  signIn: SignIn,
  { email, code, password, isOlder }: SignUp,
): Promise<Outcome | 'sign in' | 'new password'> {
  await accounts.confirm(email, code);
  if (!password && !isOlder) return 'sign in';
  if (password) {
    try {
      return await signIn();
    } catch (error) {
      if (!isRefusal(error, 'NotAuthorizedException')) throw error;
    }
  }
  await accounts.forgot(email);
  return 'new password';
}

/** What follows a new password. Cognito takes a code of an authenticator app once, so its user signs in again. */
export type Renewed =
  | Extract<Outcome, { tokens: unknown }>
  | { choosePassword: (password: string) => Promise<Renewed> }
  | { enterCode: (code: string) => Promise<Renewed> }
  | { signInAgain: true };

/**
 * Set the password with the code from the mail, and end all sessions that began before: Cognito leaves them. A repetition
 * after a lost answer does the rest.
 */
export async function setPassword(
  accounts: Accounts,
  signIn: SignIn,
  { email, code, password }: Omit<SignUp, 'isOlder'>,
): Promise<Renewed> {
  return alone(await reset(accounts, signIn, { email, code, password }), signIn);
}

async function reset(
  accounts: Accounts,
  signIn: SignIn,
  { email, code, password }: Omit<SignUp, 'isOlder'>,
): Promise<Outcome> {
  try {
    await accounts.reset(email, code, password);
  } catch (error) {
    if (!isRefusal(error, 'ExpiredCodeException')) throw error;
    // A code counts once: the answer of an earlier attempt may be lost. Then the password is set.
    return signIn().catch((refusal: unknown) => {
      throw isRefusal(refusal, 'NotAuthorizedException') ? error : refusal;
    });
  }
  return signIn();
}

async function alone(outcome: Outcome, then: () => Promise<Renewed>): Promise<Renewed> {
  if ('tokens' in outcome) {
    await outcome.endSessions(); // This one too.
    return then();
  }
  if ('choosePassword' in outcome) return outcome; // Of an administrator's account, whose password cannot be forgotten.
  return { enterCode: async (code) => alone(await outcome.enterCode(code), async () => ({ signInAgain: true })) };
}
