import { useState } from 'preact/hooks';
import { useShop } from '../context';
import { inWords } from '../errors';
import { Button, Field, Form, Problem } from '../parts';
import { cognitoWords, isRefusal } from './cognito_calls';
import { EmailField, NewPasswordField, emailProblem, passwordProblem } from './fields';
import type { Session, Tokens } from './session';

/** Runs a request to Cognito, once at a time; its problem in words. */
export function useCognito(): {
  run: (act: () => Promise<unknown>) => Promise<void>;
  problem: string;
  isBusy: boolean;
} {
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const run = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setProblem('');
    try {
      await act();
    } catch (error) {
      setProblem(cognitoWords(error) ?? inWords(error));
    } finally {
      setBusy(false);
    }
  };
  return { run, problem, isBusy };
}

interface SignInFormProps {
  session: Session;
  /** The account waits for the code of its sign-up. */
  onWaiting?: (email: string) => void;
}

/** For shoppers and for staff. A temporary password of an administrator is replaced by one's own. */
export function SignInForm({ session, onWaiting }: SignInFormProps) {
  const { config } = useShop();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [fresh, setFresh] = useState('');
  const [choose, setChoose] = useState<{ act: (password: string) => Promise<Tokens> }>();
  const { run, problem, isBusy } = useCognito();
  const [tried, setTried] = useState(false);
  const [triedFresh, setTriedFresh] = useState(false);
  const submit = async () => {
    setTried(true);
    if (emailProblem(email) || !password) return;
    await run(async () => {
      const { signIn } = await import('./sign_in');
      try {
        const outcome = await signIn(config, email.trim(), password);
        if ('tokens' in outcome) session.signIn(outcome.tokens);
        else setChoose({ act: outcome.choosePassword });
      } catch (error) {
        if (!onWaiting || !isRefusal(error, 'UserNotConfirmedException')) throw error;
        onWaiting(email.trim());
      }
    });
  };
  if (choose) {
    const replace = async () => {
      setTriedFresh(true);
      if (!passwordProblem(fresh)) await run(async () => session.signIn(await choose.act(fresh)));
    };
    return (
      <Form onSubmit={replace}>
        <p role="status">Your password was chosen by an administrator. Please choose your own.</p>
        <Problem text={problem} />
        <NewPasswordField
          label="New password"
          name="new-password"
          value={fresh}
          onValue={setFresh}
          tried={triedFresh}
        />
        <Button type="submit" label="Set the password" isBusy={isBusy} />
      </Form>
    );
  }
  return (
    <Form onSubmit={submit}>
      <Problem text={problem} />
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
      <Button type="submit" label="Sign in" isBusy={isBusy} />
    </Form>
  );
}
