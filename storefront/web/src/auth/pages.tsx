/** Sign-in, sign-up with a code, and a new password. */

import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { useShop } from '../context';
import { Button, Form, Heading, Problem, Status, useShown } from '../parts';
import { useStore } from '../store';
import { Accounts } from './cognito_calls';
import { CodeField, EmailField, NewPasswordField, codeProblem, emailProblem, passwordProblem } from './fields';
import { NewPasswordForm } from './new_password_form';
import { nextOf, reasonOf } from './next';
import { confirmSignUp } from './own_account';
import type { Tokens } from './session';
import { SignInForm } from './sign_in_form';
import { useCognito } from './use_cognito';
import { type Waiting, forgetSignUp, keepSignUp, keptSignUp } from './waiting';

function useNext(): { next: string; query: string } {
  const { query } = useLocation();
  const next = nextOf(query['next'], location.origin);
  return { next, query: next === '/' ? '' : `?next=${encodeURIComponent(next)}` };
}

/**
 * What happens with the tokens of a sign-in: the shopper goes on, unless they have left the page meanwhile. Without
 * tokens the shopper signs in again.
 */
function useFinish(): (tokens: Tokens | undefined) => void {
  const { session } = useShop();
  const { route } = useLocation();
  const { next, query } = useNext();
  const isShown = useShown();
  return (tokens) => {
    const mayRoute = isShown.current;
    forgetSignUp();
    if (tokens) session.signIn(tokens);
    if (!mayRoute) return;
    if (tokens) route(next, true);
    else route(`/sign-in${query}`);
  };
}

export function SignInPage() {
  const { session } = useShop();
  const { route } = useLocation();
  const { next, query } = useNext();
  const person = useStore(session.person);
  useEffect(() => {
    if (!person) return;
    forgetSignUp();
    route(next, true);
  }, [person]);
  // Cognito asks for the code after the right password only: the account is not a stranger's.
  const enterCode = (email: string) => {
    keepSignUp({ email, isOlder: false, stage: 'code' });
    route(`/sign-up${query}`);
  };
  const reason = reasonOf(next, session.hasEnded);
  return (
    <div class="narrow">
      <Heading>{next === '/checkout' ? 'Sign in to order' : 'Sign in'}</Heading>
      {reason && <p>{reason}</p>}
      <SignInForm session={session} onWaiting={enterCode} />
      <p>
        <a href={`/reset${query}`}>Forgot your password?</a>
      </p>
      <section class="other" aria-label="New shoppers">
        <p>New here?</p>
        <a class="button quiet" href={`/sign-up${query}`}>
          Create an account
        </a>
      </section>
    </div>
  );
}

export function SignUpPage() {
  const { config } = useShop();
  const { query } = useNext();
  const finish = useFinish();
  const accounts = new Accounts(config);
  const [waiting, setWaiting] = useState(keptSignUp);
  const [email, setEmail] = useState(waiting?.email ?? '');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [news, setNews] = useState('');
  const [tried, setTried] = useState(false);
  const { run, problem, isBusy } = useCognito();
  const wait = (what: Waiting) => {
    keepSignUp(what);
    setWaiting(what);
    setNews('');
    setTried(false);
  };
  const signUp = async () => {
    setTried(true);
    if (emailProblem(email) || passwordProblem(password)) return;
    await run(async () => {
      const isOlder = (await accounts.signUp(email, password)) === 'older';
      wait({ email, isOlder, stage: 'code' });
    });
  };
  const confirm = async ({ isOlder }: Waiting) => {
    setTried(true);
    if (codeProblem(code)) return;
    await run(async () => {
      const { signIn } = await import('./sign_in');
      const start = () => signIn(config, email, password);
      const outcome = await confirmSignUp(accounts, start, { email, code: code.trim(), password, isOlder });
      if (outcome === 'new password') wait({ email, isOlder, stage: 'password' });
      else finish(typeof outcome === 'object' && 'tokens' in outcome ? outcome.tokens : undefined);
    });
  };
  const resend = (send: () => Promise<unknown>) =>
    run(async () => {
      await send();
      setNews(`A new code was sent to ${email}.`);
    });
  const restart = () => {
    forgetSignUp();
    setWaiting(null);
    setNews('');
    setTried(false);
  };
  if (waiting?.stage === 'code') {
    return (
      <div class="narrow">
        <Heading key="code">Confirm your address</Heading>
        <Status kind="plain">{news && <p>{news}</p>}</Status>
        <Problem text={problem} />
        <Form onSubmit={() => confirm(waiting)}>
          <CodeField value={code} onValue={setCode} tried={tried} hint={news ? '' : `Sent to ${email}`} />
          <Button type="submit" label="Confirm" isBusy={isBusy} />
        </Form>
        <div class="row">
          <Button kind="quiet" label="Send a new code" onClick={() => resend(() => accounts.resend(email))} />
          <Button kind="quiet" label="Use another address" onClick={restart} />
        </div>
        <p>
          No mail? You may have an account with this address already: <a href={`/sign-in${query}`}>Sign in</a>
        </p>
      </div>
    );
  }
  if (waiting?.stage === 'password') {
    return (
      <div class="narrow">
        <Heading key="password">Choose your password</Heading>
        <Status kind="plain">{news && <p>{news}</p>}</Status>
        <Problem text={problem} />
        <NewPasswordForm accounts={accounts} email={email} typed={password} finish={finish}>
          <p role="status">
            Your address is confirmed. Its account was created before, with another password. So that you alone can use
            it, a second code was sent to {email}: please set your password with it.
          </p>
        </NewPasswordForm>
        <div class="row">
          <Button kind="quiet" label="Send a new code" onClick={() => resend(() => accounts.forgot(email))} />
          <Button kind="quiet" label="Use another address" onClick={restart} />
        </div>
      </div>
    );
  }
  return (
    <div class="narrow">
      <Heading key="form">Create an account</Heading>
      <Problem text={problem} />
      <Form onSubmit={signUp}>
        <EmailField value={email} onValue={setEmail} tried={tried} />
        <NewPasswordField label="Password" value={password} onValue={setPassword} tried={tried} />
        <Button type="submit" label="Create the account" isBusy={isBusy} />
      </Form>
      <p>
        You have an account? <a href={`/sign-in${query}`}>Sign in</a>
      </p>
    </div>
  );
}

export function ResetPage() {
  const { config } = useShop();
  const { query } = useNext();
  const finish = useFinish();
  const accounts = new Accounts(config);
  const [email, setEmail] = useState('');
  const [isSent, setSent] = useState(false);
  const [tried, setTried] = useState(false);
  const { run, problem, isBusy } = useCognito();
  const ask = async () => {
    setTried(true);
    if (emailProblem(email)) return;
    await run(async () => {
      await accounts.forgot(email);
      setSent(true);
    });
  };
  return (
    <div class="narrow">
      <Heading key={String(isSent)}>{isSent ? 'Choose a new password' : 'Forgot your password?'}</Heading>
      {isSent ? (
        <NewPasswordForm accounts={accounts} email={email} finish={finish}>
          <p role="status">If {email} has an account, a code was sent to it.</p>
          <p class="hint">
            No mail? An address must be confirmed first: <a href={`/sign-up${query}`}>create the account again</a>.
          </p>
        </NewPasswordForm>
      ) : (
        <>
          <Problem text={problem} />
          <Form onSubmit={ask}>
            <EmailField value={email} onValue={setEmail} tried={tried} />
            <Button type="submit" label="Send a code" isBusy={isBusy} />
          </Form>
        </>
      )}
      <p>
        <a href={`/sign-in${query}`}>Back to sign-in</a>
      </p>
    </div>
  );
}
