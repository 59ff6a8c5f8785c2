// SPDX-License-Identifier: Apache-2.0
// The page's two ways to the server, made once and handed down.
import { createClient, type ApiClient } from './api/client';
import { LiveSocket, socketAddress } from './api/socket';

export interface Services {
  client: ApiClient;
  socket: LiveSocket;
}

export function createServices(): Services {
  const socket = new LiveSocket(socketAddress(window.location));
  socket.start();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') socket.retryNow();
  });
  window.addEventListener('online', () => socket.retryNow());
  return { client: createClient(), socket };
}
