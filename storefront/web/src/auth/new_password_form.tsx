import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useShop } from '../context';
import { Button, Form, Problem } from '../parts';
import type { Accounts } from './cognito_calls';
import { CodeField, NewPasswordField, codeProblem, passwordProblem } from './fields';
import { setPassword } from './own_account';
import type { Tokens } from './session';
import { StepForm, useSteps } from './steps';

interface NewPasswordFormProps {
  accounts: Accounts;
  email: string;
  /** A password that the user has typed already. */
  typed?: string;
  /** Gets the tokens, or undefined when the password is set and the user has to sign in. */
  finish: (tokens: Tokens | undefined) => void;
  children: ComponentChildren;
}

/** Sets a password with the code from the mail. After that no other session of the account goes on. */
export function NewPasswordForm({ accounts, email, typed = '', finish, children }: NewPasswordFormProps) {
  const { config } = useShop();
  const [code, setCode] = useState('');
  const [password, setText] = useState(typed);
  const [tried, setTried] = useState(false);
  const steps = useSteps(finish);
  const set = async () => {
    setTried(true);
    if (codeProblem(code) || passwordProblem(password)) return;
    await steps.take(async () => {
      const { signIn } = await import('./sign_in');
      const start = () => signIn(config, email, password);
      return setPassword(accounts, start, { email, code: code.trim(), password });
    });
  };
  if (steps.step) return <StepForm steps={steps} />;
  return (
    <>
      <Problem text={steps.problem} />
      <Form onSubmit={set}>
        {children}
        <CodeField value={code} onValue={setCode} tried={tried} />
        <NewPasswordField label="New password" value={password} onValue={setText} tried={tried} />
        <Button type="submit" label="Set the password" isBusy={steps.isBusy} />
      </Form>
    </>
  );
}
