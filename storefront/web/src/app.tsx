import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { useShop } from './context';
import {
  CheckoutPage,
  OrderPage,
  OrdersPage,
  ResetPage,
  ReturnPage,
  SignInPage,
  SignUpPage,
  StaffApp,
} from './lazy_pages';
import { NAME } from './name';
import { Heading, useOffline } from './parts';
import { forgetOrders } from './shop/as_ordered';
import { countOf } from './shop/cart_rules';
import { Skip } from './skip';
import { HomePage } from './shop/home';
import { ListPage } from './shop/list';
import { repeats } from './shop/list_cache';
import { ProductPage } from './shop/product';
import { CartPage } from './shop/cart';
import { useStore } from './store';

export function App() {
  return (
    <LocationProvider>
      <Frame />
    </LocationProvider>
  );
}

function Frame() {
  const { path } = useLocation();
  if (path === '/staff' || path.startsWith('/staff/')) return <StaffApp />;
  return (
    <>
      <Skip />
      <Header />
      <Offline />
      <Unfinished />
      <main id="main" class="page" tabIndex={-1}>
        <Router>
          <Route path="/" component={HomePage} />
          <Route path="/products" component={ListPage} />
          <Route path="/product" component={ProductPage} />
          <Route path="/cart" component={CartPage} />
          <Route path="/checkout" component={CheckoutPage} />
          <Route path="/orders" component={OrdersPage} />
          <Route path="/orders/:orderId" component={OrderPage} />
          <Route path="/orders/:orderId/return" component={ReturnPage} />
          <Route path="/sign-in" component={SignInPage} />
          <Route path="/sign-up" component={SignUpPage} />
          <Route path="/reset" component={ResetPage} />
          <Route default component={NoSuchPage} />
        </Router>
      </main>
      <Footer />
    </>
  );
}

function Header() {
  const { session, cart, checkout } = useShop();
  const { query, path, url, route } = useLocation();
  const person = useStore(session.person);
  const shown = useStore(cart.cart);
  const count = countOf(shown ?? null);
  const [text, setText] = useState(query['text'] ?? '');
  useEffect(() => setText(query['text'] ?? ''), [query['text']]);
  const search = (event: Event) => {
    event.preventDefault();
    const address = text.trim() ? `/products?text=${encodeURIComponent(text.trim())}` : '/products';
    if (address === url) repeats.set(repeats.value + 1);
    else route(address);
  };
  const signOut = () => {
    checkout.forget();
    forgetOrders();
    session.signOut();
  };
  const next = path.startsWith('/sign') || path === '/reset' ? (query['next'] ?? '/') : url;
  const current = (where: string) => (path === where ? 'page' : undefined);
  return (
    <header class="top">
      <div class="bar">
        <a class="brand" href="/">
          <img src="/icon.svg" alt="" width="32" height="32" />
          {NAME}
        </a>
        <form role="search" class="search" onSubmit={search}>
          <input
            type="search"
            name="text"
            maxLength={200}
            aria-label="Search the shop"
            placeholder="Search the shop"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <button type="submit" aria-label="Search">
            <svg viewBox="0 0 20 20" aria-hidden="true">
              <circle cx="8.5" cy="8.5" r="5.5" />
              <path d="m13 13 4.5 4.5" />
            </svg>
          </button>
        </form>
        <nav aria-label="Your account">
          {person && (
            <>
              <a href="/orders" aria-current={current('/orders')}>
                <Icon path="M4 3h12v14l-3-2-3 2-3-2-3 2zM7 7h6M7 10.5h6" />
                <span class="word">My orders</span>
              </a>
              <button type="button" class="link" onClick={signOut}>
                <Icon path="M12 4V3H4v14h8v-1M8 10h9M14 7l3 3-3 3" />
                <span class="word">Sign out</span>
              </button>
            </>
          )}
          {person === null && (
            <a href={`/sign-in?next=${encodeURIComponent(next)}`} aria-current={current('/sign-in')}>
              <Icon path="M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 17.5c.6-3 3.3-5 7-5s6.4 2 7 5" />
              <span class="word">Sign in</span>
            </a>
          )}
          <a class="basket" href="/cart" aria-current={current('/cart')}>
            <Icon path="M3 7h14l-1.6 9H4.6zM6.5 7l2-4M13.5 7l-2-4" />
            <span class="word">Cart</span>
            <span class="badge" aria-hidden="true">
              {count || ''}
            </span>
            <span class="unseen" role="status">
              {shown !== undefined && (count === 1 ? '1 item' : `${count} items`)}
            </span>
          </a>
        </nav>
      </div>
    </header>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

function Offline() {
  const isOffline = useOffline();
  return (
    <div role="status">
      {isOffline && <p class="offline">You are offline. Nothing is lost; the page goes on when you are back.</p>}
    </div>
  );
}

/** An order whose outcome is not known, on every other page than its own. */
function Unfinished() {
  const { checkout } = useShop();
  const { path } = useLocation();
  const { request } = useStore(checkout.state);
  if (!request || path === '/checkout') return null;
  return (
    <p class="offline">
      Your order is not confirmed yet. <a href="/checkout">Finish it</a>
    </p>
  );
}

function Footer() {
  return (
    <footer class="bottom">
      <p>{NAME}. Your card is charged when the parcel is delivered.</p>
      <a href="/staff/">Staff</a>
    </footer>
  );
}

function NoSuchPage() {
  return (
    <>
      <Heading>No such page</Heading>
      <p>
        <a href="/">To the shop</a>
      </p>
    </>
  );
}
