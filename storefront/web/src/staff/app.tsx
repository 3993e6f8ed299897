import { Route, Router, useLocation } from 'preact-iso';
import { useEffect, useRef } from 'preact/hooks';
import { Known } from '../auth/known';
import { SignInForm } from '../auth/sign_in_form';
import { useShop } from '../context';
import { NAME } from '../name';
import { Heading } from '../parts';
import { Skip } from '../skip';
import { useStore } from '../store';
import { CataloguePage, ProductEditPage } from './catalogue';
import { DeskContext, deskOf, useDesk } from './context';
import { DeliveriesPage } from './deliveries';
import { DeliveryPage } from './delivery';
import { OrderLookupPage } from './order';
import { PackPage } from './pack';
import { PackingPage } from './packing';
import { pagesOf } from './pages';
import { ReturnsPage } from './returns';
import { StockPage } from './stock';

export function StaffApp() {
  const { config } = useShop();
  const desk = deskOf(config);
  useEffect(() => void desk.session.start(), [desk]);
  return (
    <DeskContext.Provider value={desk}>
      <Frame />
    </DeskContext.Provider>
  );
}

function Frame() {
  const { session } = useDesk();
  const { path } = useLocation();
  const person = useStore(session.person);
  const pages = pagesOf(person);
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the links are a row that scrolls.
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path, person]);
  return (
    <div class="staff">
      <Skip />
      <header class="top">
        <div class="bar">
          <a class="brand" href="/staff/">
            <img src="/icon.svg" alt="" width="32" height="32" />
            {NAME} staff
          </a>
          {pages.length > 0 && (
            <nav ref={nav} aria-label="Staff pages" class="staff-nav">
              {pages.map(([where, name]) => (
                <a key={where} href={where} aria-current={path.startsWith(where) ? 'page' : undefined}>
                  {name}
                </a>
              ))}
            </nav>
          )}
          {person && (
            <button type="button" class="link" onClick={() => session.signOut()}>
              Sign out
            </button>
          )}
        </div>
      </header>
      <main id="main" class="page" tabIndex={-1}>
        {person === null && (
          <div class="narrow">
            <Heading>Staff sign-in</Heading>
            <SignInForm session={session} />
          </div>
        )}
        <Known session={session} what="your account">
          {person && pages.length === 0 && (
            <>
              <Heading>No staff account</Heading>
              <p>
                {person.email} is in no group of staff. <a href="/">To the shop</a>
              </p>
            </>
          )}
          {pages.length > 0 && <Pages first={pages[0]![0]} />}
        </Known>
      </main>
    </div>
  );
}

function Pages({ first }: { first: string }) {
  const { path, route } = useLocation();
  useEffect(() => {
    if (path === '/staff') route(first, true);
  }, [path, first]);
  return (
    <Router>
      <Route path="/staff/packing" component={PackingPage} />
      <Route path="/staff/packing/:orderId" component={PackPage} />
      <Route path="/staff/deliveries" component={DeliveriesPage} />
      <Route path="/staff/deliveries/:orderId" component={DeliveryPage} />
      <Route path="/staff/returns" component={ReturnsPage} />
      <Route path="/staff/stock" component={StockPage} />
      <Route path="/staff/orders" component={OrderLookupPage} />
      <Route path="/staff/catalogue" component={CataloguePage} />
      <Route path="/staff/catalogue/edit" component={ProductEditPage} />
      <Route default component={Nothing} />
    </Router>
  );
}

function Nothing() {
  const { path } = useLocation();
  if (path === '/staff') return null; // `Pages` redirects to the first page.
  return (
    <>
      <Heading>No such page</Heading>
      <p>
        The staff pages have no page with this address. <a href="/staff/">To the first page</a>
      </p>
    </>
  );
}
