/** GraphiQL in a part of the page. It is written with React, which only this module loads. */

import { GraphiQL, type GraphiQLProps } from 'graphiql';
import '@graphiql/react/dist/style.css';
import 'graphiql/src/style.css';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { graphqlPath } from './api';
import { variablesOf } from './variables';

/** Nothing stays in the browser: a choice of a ready-made query shows that query. */
const FORGETFUL = { getItem: () => null, setItem: () => {}, removeItem: () => {}, clear: () => {}, length: 0 };

/** Show a query in the element; the returned function removes it. Requests are sent in the name of the person. */
export function show(element: HTMLElement, person: string, query: string): () => void {
  const fetcher: GraphiQLProps['fetcher'] = async (request) => {
    const answer = await fetch(graphqlPath(person), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    return answer.json();
  };
  const root = createRoot(element);
  root.render(
    createElement(GraphiQL, {
      fetcher,
      query,
      variables: variablesOf(query),
      storage: FORGETFUL,
      shouldPersistHeaders: false,
      isHeadersEditorEnabled: false,
    }),
  );
  return () => root.unmount();
}
