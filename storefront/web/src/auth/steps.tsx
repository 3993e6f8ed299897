/** What Cognito may want after the password: one of the user's own, and the code of an authenticator app. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Button, Field, Form, Problem } from '../parts';
import { isRefusal } from './cognito_calls';
import { NewPasswordField, passwordProblem } from './fields';
import type { Renewed } from './own_account';
import type { Tokens } from './session';
import { type Cognito, useCognito } from './use_cognito';

export interface Steps extends Cognito {
  /** The next step; undefined before the password, and again when Cognito has not waited for the step. */
  step: Exclude<Renewed, { tokens: Tokens } | { signInAgain: true }> | undefined;
  /** Take a step; one after the other leads to the tokens. */
  take: (act: () => Promise<Renewed>) => Promise<void>;
}

/** `finish` gets the tokens, or undefined when the user has to sign in again. */
export function useSteps(finish: (tokens: Tokens | undefined) => void): Steps {
  const cognito = useCognito();
  const [step, setStep] = useState<Steps['step']>();
  const take = (act: () => Promise<Renewed>) =>
    cognito.run(async () => {
      try {
        const outcome = await act();
        if ('tokens' in outcome) finish(outcome.tokens);
        else if ('signInAgain' in outcome) finish(undefined);
        else setStep(outcome);
      } catch (error) {
        if (isRefusal(error, 'SignInExpired')) setStep(undefined);
        throw error;
      }
    });
  return { ...cognito, step, take };
}

/** The form of the next step. */
export function StepForm({ steps }: { steps: Steps }) {
  const { step } = steps;
  if (!step) return null;
  if ('enterCode' in step) return <AppCode key="code" steps={steps} enterCode={step.enterCode} />;
  return <OwnPassword key="password" steps={steps} choosePassword={step.choosePassword} />;
}

function OwnPassword({
  steps: { take, problem, isBusy },
  choosePassword,
}: {
  steps: Steps;
  choosePassword: (password: string) => Promise<Renewed>;
}) {
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const replace = async () => {
    setTried(true);
    if (!passwordProblem(password)) await take(() => choosePassword(password));
  };
  return (
    <Form onSubmit={replace}>
      <p role="status">Your password was chosen by an administrator. Please choose your own.</p>
      <Problem text={problem} />
      <NewPasswordField
        label="New password"
        name="new-password"
        value={password}
        onValue={setPassword}
        tried={tried}
      />
      <Button type="submit" label="Set the password" isBusy={isBusy} />
    </Form>
  );
}

function AppCode({
  steps: { take, problem, isBusy },
  enterCode,
}: {
  steps: Steps;
  enterCode: (code: string) => Promise<Renewed>;
}) {
  const [code, setCode] = useState('');
  const [tried, setTried] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.querySelector('input')?.focus(), []);
  const typed = code.replace(/\s/g, '');
  const enter = async () => {
    setTried(true);
    if (typed) await take(() => enterCode(typed));
  };
  return (
    <div ref={place}>
      <Form onSubmit={enter}>
        <Problem text={problem} />
        <Field
          label="Code from your authenticator app"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          value={code}
          onValue={setCode}
          problem={tried && !typed ? 'Please enter the code that your app shows.' : undefined}
        />
        <Button type="submit" label="Sign in" isBusy={isBusy} />
      </Form>
    </div>
  );
}
