/** Sign-in, sign-up with a code, and a new password. */

import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { useShop } from '../context';
import { Button, Form, Heading, Problem, Status } from '../parts';
import { useStore } from '../store';
import { Accounts, isRefusal } from './cognito_calls';
import { CodeField, EmailField, NewPasswordField, codeProblem, emailProblem, passwordProblem } from './fields';
import { nextOf, reasonOf } from './next';
import { SignInForm } from './sign_in_form';
import { useCognito } from './use_cognito';

function useNext(): { next: string; query: string } {
  const { query } = useLocation();
  const next = nextOf(query['next'], location.origin);
  return { next, query: next === '/' ? '' : `?next=${encodeURIComponent(next)}` };
}

/** A sign-up that waits for its code survives a reload; the password does not, and is asked for again. */
const WAITING = 'shop.signUp';

export function SignInPage() {
  const { session } = useShop();
  const { route } = useLocation();
  const { next, query } = useNext();
  const person = useStore(session.person);
  useEffect(() => {
    if (!person) return;
    sessionStorage.removeItem(WAITING);
    route(next, true);
  }, [person]);
  const enterCode = (email: string) => {
    sessionStorage.setItem(WAITING, email);
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
  const { config, session } = useShop();
  const { route } = useLocation();
  const { next, query } = useNext();
  const accounts = new Accounts(config);
  const [email, setEmail] = useState(() => sessionStorage.getItem(WAITING) ?? '');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [stage, setStage] = useState<'form' | 'code' | 'confirmed'>(() =>
    sessionStorage.getItem(WAITING) ? 'code' : 'form',
  );
  const [news, setNews] = useState('');
  const [tried, setTried] = useState(false);
  const { run, problem, isBusy } = useCognito();
  const signUp = async () => {
    setTried(true);
    if (emailProblem(email) || passwordProblem(password)) return;
    await run(async () => {
      await accounts.signUp(email, password);
      sessionStorage.setItem(WAITING, email);
      setTried(false);
      setStage('code');
    });
  };
  const confirm = async () => {
    setTried(true);
    if (codeProblem(code)) return;
    await run(async () => {
      await accounts.confirm(email, code.trim());
      sessionStorage.removeItem(WAITING);
      if (!password) return route(`/sign-in${query}`);
      const { signIn } = await import('./sign_in');
      try {
        const outcome = await signIn(config, email, password);
        if (!('tokens' in outcome)) return route(`/sign-in${query}`);
        session.signIn(outcome.tokens);
        route(next, true);
      } catch (error) {
        if (!isRefusal(error, 'NotAuthorizedException')) throw error;
        setStage('confirmed');
      }
    });
  };
  const resend = () =>
    run(async () => {
      await accounts.resend(email);
      setNews(`A new code was sent to ${email}.`);
    });
  const restart = () => {
    sessionStorage.removeItem(WAITING);
    setNews('');
    setTried(false);
    setStage('form');
  };
  if (stage === 'code') {
    return (
      <div class="narrow">
        <Heading key="code">Confirm your address</Heading>
        <Status kind="plain">{news && <p>{news}</p>}</Status>
        <Problem text={problem} />
        <Form onSubmit={confirm}>
          <CodeField value={code} onValue={setCode} tried={tried} hint={news ? '' : `Sent to ${email}`} />
          <Button type="submit" label="Confirm" isBusy={isBusy} />
        </Form>
        <div class="row">
          <Button kind="quiet" label="Send a new code" onClick={resend} />
          <Button kind="quiet" label="Use another address" onClick={restart} />
        </div>
        <p>
          No mail? You may have an account with this address already: <a href={`/sign-in${query}`}>Sign in</a>
        </p>
      </div>
    );
  }
  if (stage === 'confirmed') {
    return (
      <div class="narrow">
        <Heading key="confirmed">Your address is confirmed</Heading>
        <p>The account was created before, with another password.</p>
        <div class="row">
          <a class="button main" href={`/reset${query}`}>
            Choose a new password
          </a>
          <a class="button quiet" href={`/sign-in${query}`}>
            Sign in
          </a>
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
  const { route } = useLocation();
  const { query } = useNext();
  const accounts = new Accounts(config);
  const [email, setEmail] = useState('');
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [stage, setStage] = useState<'email' | 'code'>('email');
  const [tried, setTried] = useState(false);
  const { run, problem, isBusy } = useCognito();
  const ask = async () => {
    setTried(true);
    if (emailProblem(email)) return;
    await run(async () => {
      await accounts.forgot(email);
      setTried(false);
      setStage('code');
    });
  };
  const reset = async () => {
    setTried(true);
    if (codeProblem(code) || passwordProblem(password)) return;
    await run(async () => {
      await accounts.reset(email, code.trim(), password);
      route(`/sign-in${query}`);
    });
  };
  return (
    <div class="narrow">
      <Heading key={stage}>{stage === 'email' ? 'Forgot your password?' : 'Choose a new password'}</Heading>
      <Problem text={problem} />
      {stage === 'email' ? (
        <Form onSubmit={ask}>
          <EmailField value={email} onValue={setEmail} tried={tried} />
          <Button type="submit" label="Send a code" isBusy={isBusy} />
        </Form>
      ) : (
        <Form onSubmit={reset}>
          <p role="status">If {email} has an account, a code was sent to it.</p>
          <p class="hint">
            No mail? An address must be confirmed first: <a href={`/sign-up${query}`}>create the account again</a>.
          </p>
          <CodeField value={code} onValue={setCode} tried={tried} />
          <NewPasswordField label="New password" value={password} onValue={setPassword} tried={tried} />
          <Button type="submit" label="Set the password" isBusy={isBusy} />
        </Form>
      )}
      <p>
        <a href={`/sign-in${query}`}>Back to sign-in</a>
      </p>
    </div>
  );
}
