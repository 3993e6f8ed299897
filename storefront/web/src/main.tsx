import { render } from 'preact';
import { App } from './app';
import { loadConfig } from './config';
import { ShopContext, createShop } from './context';
import './style.css';

const root = document.getElementById('app')!;

async function start(): Promise<void> {
  try {
    // The router reads the parts of a path, which may be no text: `/orders/%`.
    if (!isReadable(location.pathname)) history.replaceState(null, '', '/no-such-page');
    const shop = createShop(await loadConfig());
    // The session and the cart are known soon; the pages need not wait for them.
    void shop.session.start();
    void shop.cart.load().catch(() => undefined);
    render(
      <ShopContext.Provider value={shop}>
        <App />
      </ShopContext.Provider>,
      root,
    );
  } catch {
    render(<Unavailable />, root);
  }
}

function isReadable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function Unavailable() {
  return (
    <main class="page">
      <h1>The shop cannot be reached</h1>
      <p>Please check your connection, and try again.</p>
      <button type="button" class="button main" onClick={() => void start()}>
        Try again
      </button>
    </main>
  );
}

void start();
