import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { persistently } from './load';
import { Button, Heading, Loading } from './parts';

export interface LazyPage {
  (): JSX.Element;
  /** Load the script now, so that the page can be shown at once. Raises nothing. */
  preload: () => Promise<void>;
}

/**
 * A page whose script is loaded when it is first shown. When the script cannot be loaded, the page says so and offers a
 * reload: the script of an older deployment may be gone, and a browser may remember that an import failed.
 */
export function lazyPage(load: () => Promise<ComponentType>): LazyPage {
  let Page: ComponentType | undefined;
  const find = async () => {
    Page ??= await persistently(load);
  };
  const Lazy = () => {
    const [isBroken, setBroken] = useState(false);
    const [, render] = useState({});
    useEffect(() => {
      if (Page) return undefined;
      let isShown = true;
      const begin = () => {
        setBroken(false);
        find().then(
          () => isShown && render({}),
          () => isShown && setBroken(true),
        );
      };
      begin();
      addEventListener('online', begin);
      return () => {
        isShown = false;
        removeEventListener('online', begin);
      };
    }, []);
    if (Page) return <Page />;
    if (!isBroken) return <Loading what="the page" />;
    return (
      <>
        <Heading>This page could not be loaded</Heading>
        <p role="alert">Nothing is lost: please reload it when you are connected.</p>
        <Button label="Reload the page" onClick={() => location.reload()} />
      </>
    );
  };
  return Object.assign(Lazy, { preload: () => find().catch(() => undefined) });
}
