// SPDX-License-Identifier: Apache-2.0
import { useCallback, useEffect, useRef, useState } from 'react';
import { formatUrl, parseUrl, type UrlState } from './url_state';

// Choices get an entry in the browser's history; scrolling the chart only rewrites the newest one.
export type Remember = 'push' | 'replace';
export type ChangeUrl = (change: Partial<UrlState>, how?: Remember) => void;

// `onBack` is told when the reader goes back or forward in the history.
export function useUrlState(onBack: (state: UrlState) => void): [UrlState, ChangeUrl] {
  const [state, setState] = useState(() => parseUrl(window.location.search));
  const current = useRef(state);
  const back = useRef(onBack);
  back.current = onBack;

  useEffect(() => {
    const onPop = (): void => {
      current.current = parseUrl(window.location.search);
      setState(current.current);
      back.current(current.current);
    };
    window.addEventListener('popstate', onPop);
    return () => window.removeEventListener('popstate', onPop);
  }, []);

  const change = useCallback<ChangeUrl>((part, how = 'push') => {
    current.current = { ...current.current, ...part };
    const { pathname, search } = window.location;
    const query = formatUrl(current.current);
    if (query !== search) {
      if (how === 'push') window.history.pushState(null, '', pathname + query);
      else window.history.replaceState(null, '', pathname + query);
    }
    setState(current.current);
  }, []);

  return [state, change];
}
