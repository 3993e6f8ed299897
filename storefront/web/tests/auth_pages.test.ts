import { h } from 'preact';
import { expect, test, vi } from 'vitest';
import { SignUpPage } from '../src/auth/pages';
import { ShopContext } from '../src/context';
import { Page, settled, stubWindow } from './fake_dom';

const fake = vi.hoisted(() => ({
  location: { query: { next: '/checkout' }, route: vi.fn() },
  confirmSignUp: vi.fn(),
}));
vi.mock('preact-iso', () => ({ useLocation: () => fake.location }));
vi.mock('../src/auth/own_account', () => ({ confirmSignUp: fake.confirmSignUp }));
vi.mock('../src/auth/waiting', () => ({
  keptSignUp: () => ({ email: 'ann@example.com', isOlder: false, stage: 'code' }),
  forgetSignUp: () => undefined,
}));

stubWindow({ location: { origin: 'https://shop.example.com' } });

/** A shopper has entered the code of the mail; `answer` is that of Cognito. */
async function confirming() {
  fake.location.route.mockReset();
  let answer = (_: unknown) => undefined as void;
  fake.confirmSignUp.mockReset().mockReturnValue(new Promise((resolve) => (answer = resolve)));
  const page = new Page();
  const session = { signIn: vi.fn() };
  const shop = { config: {}, session } as never;
  const draw = (isShown: boolean) =>
    page.show(h(ShopContext.Provider, { value: shop, children: isShown && h(SignUpPage, {}) }));
  await draw(true);
  await page.type('123456');
  await page.submit();
  // The page imports the sign-in first.
  await vi.waitFor(() => expect(fake.confirmSignUp).toHaveBeenCalled());
  return { session, leave: () => draw(false), answer: () => settled(() => answer({ tokens: 'tokens' })) };
}

test('after the sign-in the shopper goes on', async () => {
  const { session, answer } = await confirming();
  await answer();
  expect(session.signIn).toHaveBeenCalledWith('tokens');
  expect(fake.location.route).toHaveBeenCalledWith('/checkout', true);
});

test('a shopper who has left the page is signed in, and stays where they are', async () => {
  const { session, leave, answer } = await confirming();
  await leave();
  await answer();
  expect(session.signIn).toHaveBeenCalledWith('tokens');
  expect(fake.location.route).not.toHaveBeenCalled();
});
