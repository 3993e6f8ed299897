import { useState } from 'preact/hooks';
import { useShop } from '../context';
import { Button, Field, Form, Problem } from '../parts';
import { isRefusal } from './cognito_calls';
import { EmailField, emailProblem } from './fields';
import type { Session } from './session';
import { StepForm, useSteps } from './steps';

interface SignInFormProps {
  session: Session;
  /** The account waits for the code of its sign-up. */
  onWaiting?: (email: string) => void;
}

/** For shoppers and for staff: the password, and then what Cognito may want besides. */
export function SignInForm({ session, onWaiting }: SignInFormProps) {
  const { config } = useShop();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const steps = useSteps((tokens) => tokens && session.signIn(tokens));
  const [tried, setTried] = useState(false);
  const submit = async () => {
    setTried(true);
    if (emailProblem(email) || !password) return;
    await steps.take(async () => {
      const { signIn } = await import('./sign_in');
      return signIn(config, email.trim(), password).catch((error: unknown) => {
        if (isRefusal(error, 'UserNotConfirmedException')) onWaiting?.(email.trim());
        throw error;
      });
    });
  };
  if (steps.step) return <StepForm steps={steps} />;
  return (
    <Form onSubmit={submit}>
      <Problem text={steps.problem} />
      <EmailField autoComplete="username" value={email} onValue={setEmail} tried={tried} />
      <Field
        label="Password"
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onValue={setPassword}
        problem={tried && !password ? 'Please enter your password.' : undefined}
      />
      <Button type="submit" label="Sign in" isBusy={steps.isBusy} />
    </Form>
  );
}
