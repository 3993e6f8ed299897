import { h, render } from 'preact';
import { expect, test, vi } from 'vitest';
import { SignUpPage } from '../src/auth/pages';
import { ShopContext } from '../src/context';
import { Page, fakeWindow, settled } from './fake_dom';

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

for (const [name, value] of Object.entries(fakeWindow())) vi.stubGlobal(name, value);
vi.stubGlobal('location', { origin: 'https://shop.example.com' });

/** A shopper has entered the code of the mail; `answer` is that of Cognito. */
async function confirming() {
  fake.location.route.mockReset();
  let answer = (_: unknown) => undefined as void;
  fake.confirmSignUp.mockReset().mockReturnValue(new Promise((resolve) => (answer = resolve)));
  const page = new Page();
  const session = { signIn: vi.fn() };
  const shop = { config: {}, session } as never;
  const draw = (isShown: boolean) =>
    render(h(ShopContext.Provider, { value: shop, children: isShown && h(SignUpPage, {}) }), page.root as never);
  await settled(() => draw(true));
  await settled(() => page.type('123456'));
  await settled(() => page.submit());
  await vi.waitFor(() => expect(fake.confirmSignUp).toHaveBeenCalled());
  return { session, leave: () => draw(false), answer: () => answer({ tokens: 'tokens' }) };
}

test('after the sign-in the shopper goes on', async () => {
  const { session, answer } = await confirming();
  answer();
  await vi.waitFor(() => expect(session.signIn).toHaveBeenCalledWith('tokens'));
  expect(fake.location.route).toHaveBeenCalledWith('/checkout', true);
});

test('a shopper who has left the page is signed in, and stays where they are', async () => {
  const { session, leave, answer } = await confirming();
  leave();
  answer();
  await vi.waitFor(() => expect(session.signIn).toHaveBeenCalledWith('tokens'));
  expect(fake.location.route).not.toHaveBeenCalled();
});
