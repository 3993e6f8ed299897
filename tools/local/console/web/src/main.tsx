import { render } from 'preact';
import { about } from './api';
import { CataloguePage } from './catalogue';
import { DashboardsPage } from './dashboards';
import { DeadLettersPage } from './dead_letters';
import { EventsPage } from './events';
import { GraphqlPage } from './graphql';
import { MailPage } from './mail';
import { NowPage } from './now';
import { OrderPage } from './order';
import { OrdersPage } from './orders';
import { Heading, Problem, useLoaded } from './parts';
import { address, useRoute } from './router';
import { open, useStream } from './stream';
import './style.css';

const TITLES: Record<string, string> = {
  now: 'Now',
  orders: 'Orders',
  events: 'Events',
  'dead-letters': 'Dead letters',
  mail: 'Mail',
  graphql: 'GraphiQL',
  catalogue: 'Catalogue',
  dashboards: 'Dashboards',
};

function wordsOf(connected: boolean | undefined): string {
  if (connected === undefined) return 'connecting';
  return connected ? 'connected' : 'not connected; the page connects again by itself';
}

function Connection() {
  const { connected } = useStream();
  return (
    <p class={connected === false ? 'connection lost' : 'connection'} role="status">
      {wordsOf(connected)}
    </p>
  );
}

function Page({ page, id, pages }: { page: string; id: string; pages: string[] }) {
  switch (page) {
    case 'orders':
      return id ? <OrderPage key={id} id={id} /> : <OrdersPage />;
    case 'events':
      return <EventsPage id={id} isPlatform={pages.includes('catalogue')} />;
    case 'dead-letters':
      return <DeadLettersPage />;
    case 'mail':
      return <MailPage id={id} />;
    case 'graphql':
      return <GraphqlPage />;
    case 'catalogue':
      return <CataloguePage id={id} />;
    case 'dashboards':
      return <DashboardsPage id={id} />;
    case 'now':
      return <NowPage />;
    default:
      return <Heading>No such page</Heading>;
  }
}

function App() {
  const { value, problem } = useLoaded(about, []);
  const { page, id } = useRoute();
  const pages = Object.keys(TITLES).filter((name) => value?.pages.includes(name));
  const shown = page || (pages.includes('orders') ? 'orders' : pages[0]) || '';
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header>
        <p class="title">Local cloud</p>
        <nav aria-label="Pages">
          <ul>
            {pages.map((name) => (
              <li key={name}>
                <a href={address(name)} aria-current={name === shown ? 'page' : undefined}>
                  {TITLES[name]}
                </a>
              </li>
            ))}
            {value?.links.map(({ text, address: elsewhere }) => (
              <li key={elsewhere}>
                <a href={elsewhere} target="_blank" rel="noreferrer">
                  {text} <span aria-label="in a new tab">↗</span>
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Connection />
      </header>
      <main id="main" tabIndex={-1}>
        <Problem text={problem} />
        {value && <Page page={shown} id={id} pages={value.pages} />}
      </main>
    </>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

open();
render(<App />, document.getElementById('app')!);
