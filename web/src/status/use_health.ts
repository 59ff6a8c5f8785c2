// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { ApiClient } from '../api/client';
import type { ConnectionState, LiveSocket } from '../api/socket';
import type { Health } from '../api/types';

const kPollMs = 5000;

export function useConnection(socket: LiveSocket): ConnectionState {
  return useSyncExternalStore(
    (watcher) => socket.onConnection(watcher),
    () => socket.connection(),
  );
}

// The state of the server: by the live channel while it is open, by asking now and then otherwise.
export function useHealth(client: ApiClient, socket: LiveSocket): Health | null {
  const [health, setHealth] = useState<Health | null>(null);
  const connection = useConnection(socket);

  useEffect(
    () =>
      socket.subscribe({ channel: 'status' }, (frame) => {
        if (frame.type === 'status') setHealth(frame);
      }),
    [socket],
  );

  useEffect(() => {
    const abort = new AbortController();
    const ask = (): void => {
      client.health(abort.signal).then(setHealth, () => undefined);
    };
    ask();
    const timer = connection === 'open' ? undefined : setInterval(ask, kPollMs);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [client, connection]);

  return health;
}
