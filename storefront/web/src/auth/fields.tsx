/** Fields that the pages of an account share. */

import { Field } from '../parts';

const PASSWORD_RULE = 'At least 8 characters, with a small and a capital letter, a digit and a sign.';

/** What the user pool demands of a password. */
export function passwordProblem(password: string): string | undefined {
  const isGood = password.length >= 8 && [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].every((one) => one.test(password));
  return isGood ? undefined : PASSWORD_RULE;
}

export function emailProblem(email: string): string | undefined {
  return email.includes('@') ? undefined : 'Please enter your e-mail address.';
}

export function codeProblem(code: string): string | undefined {
  return code.trim() ? undefined : 'Please enter the code from the mail.';
}

interface Typed {
  value: string;
  onValue: (value: string) => void;
}

export function EmailField({
  tried,
  autoComplete = 'email',
  ...typed
}: Typed & { tried: boolean; autoComplete?: 'email' | 'username' }) {
  return (
    <Field
      label="E-mail address"
      type="email"
      name="email"
      autoComplete={autoComplete}
      required
      problem={tried ? emailProblem(typed.value) : undefined}
      {...typed}
    />
  );
}

export function CodeField({ hint, tried, ...typed }: Typed & { hint?: string; tried: boolean }) {
  return (
    <Field
      label="Code from the mail"
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      required
      hint={hint}
      problem={tried ? codeProblem(typed.value) : undefined}
      {...typed}
    />
  );
}

export function NewPasswordField({
  label,
  tried,
  name = 'password',
  ...typed
}: Typed & { label: string; tried: boolean; name?: string }) {
  return (
    <Field
      label={label}
      type="password"
      name={name}
      autoComplete="new-password"
      required
      problem={tried ? passwordProblem(typed.value) : undefined}
      hint={PASSWORD_RULE}
      {...typed}
    />
  );
}
