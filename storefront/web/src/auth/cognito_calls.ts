/** Operations of Cognito that need no cryptography: single requests. */

import type { Config } from '../config';
import { Refused, Unreachable } from '../errors';
import { fetchInTime, unreachable } from '../in_time';

/** Raises Refused with Cognito's code, or Unreachable. */
export async function callCognito<Answer>(config: Config, operation: string, body: object): Promise<Answer> {
  let response: Response;
  try {
    response = await fetchInTime(config.cognitoUrl, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify(body),
    });
  } catch (error) {
    throw unreachable(error);
  }
  const answer = (await response.json().catch(() => ({}))) as { __type?: string; message?: string };
  if (response.ok) return answer as Answer;
  if (response.status >= 500) throw new Unreachable(`Cognito answers ${response.status}`);
  throw new Refused((answer.__type ?? '').split('#').pop()!, answer.message ?? '');
}

export interface CodeDelivery {
  CodeDeliveryDetails?: { Destination?: string };
}

export class Accounts {
  constructor(private readonly config: Config) {}

  /**
   * Create an account, which waits for the code from the mail. An older one that waits, such as after a lost answer, gets a
   * new code; it keeps its password, and may be a stranger's.
   */
  async signUp(email: string, password: string): Promise<'new' | 'older'> {
    const asked = { Username: email, Password: password, UserAttributes: [{ Name: 'email', Value: email }] };
    try {
      await this.call('SignUp', asked);
      return 'new';
    } catch (error) {
      if (!isRefusal(error, 'UsernameExistsException')) throw error;
      await this.resend(email).catch((refusal: unknown) => {
        // InvalidParameterException: the account is confirmed already.
        throw isRefusal(refusal, 'InvalidParameterException') ? error : refusal;
      });
      return 'older';
    }
  }

  /** Confirm an account, which may be confirmed already: the answer of an earlier request may be lost. */
  async confirm(email: string, code: string): Promise<void> {
    try {
      await this.call('ConfirmSignUp', { Username: email, ConfirmationCode: code });
    } catch (error) {
      const isDone = isRefusal(error, 'NotAuthorizedException') && /status is CONFIRMED/.test(error.message);
      if (!isDone) throw error;
    }
  }

  resend(email: string): Promise<CodeDelivery> {
    return this.call('ResendConfirmationCode', { Username: email });
  }

  forgot(email: string): Promise<CodeDelivery> {
    return this.call('ForgotPassword', { Username: email });
  }

  reset(email: string, code: string, password: string): Promise<void> {
    return this.call('ConfirmForgotPassword', { Username: email, ConfirmationCode: code, Password: password });
  }

  private call<Answer>(operation: string, body: object): Promise<Answer> {
    return callCognito(this.config, operation, { ClientId: this.config.storefrontClientId, ...body });
  }
}

/** Whether Cognito refused with this code. */
export function isRefusal(error: unknown, code: string): error is Refused {
  return error instanceof Refused && error.code === code;
}

const WORDS: Record<string, string> = {
  NotAuthorizedException: 'The e-mail address or the password is not right.',
  UserNotFoundException: 'The e-mail address or the password is not right.',
  UserNotConfirmedException: 'This address is not confirmed yet.',
  UsernameExistsException: 'There is an account with this address already. Sign in, or reset the password.',
  CodeMismatchException: 'This code is not right. Please check the mail.',
  ExpiredCodeException: 'This code is no longer valid. Ask for a new one.',
  InvalidPasswordException: 'This password is too weak.',
  LimitExceededException: 'Too many attempts. Please wait some minutes.',
  TooManyRequestsException: 'Too many attempts. Please wait a moment.',
  TooManyFailedAttemptsException: 'Too many attempts. Please wait some minutes.',
  // The codes of sign_in.ts.
  AppCodeMismatch: 'This code is not right. Please enter the one that your app shows now.',
  AppCodeUsed: 'This code was used before. Please wait for the next one.',
  SignInExpired: 'The sign-in took too long. Please sign in again.',
  OtherStep: 'This account signs in with a second step that this page does not have. Please ask an administrator.',
};

export function cognitoWords(error: unknown): string | undefined {
  if (!(error instanceof Refused)) return undefined;
  const words = WORDS[error.code];
  if (error.code === 'InvalidPasswordException') {
    return `${words} ${error.message.replace(/^Password did not conform with policy: /, '')}`;
  }
  return words;
}
