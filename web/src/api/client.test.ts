// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { ApiError, createClient, queryString } from './client';

const answering = (status: number, body: unknown) => async () =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });

it('asks with ISO times and leaves out what is not given', async () => {
  let asked = '';
  const client = createClient('http://h', async (url) => {
    asked = String(url);
    return new Response('{"symbol":"A","width":"1m","bars":[],"truncated":false}');
  });
  await client.bars({ symbol: 'BRK.B', width: '1m', to: 1550068200 });
  expect(asked).toBe('http://h/api/v1/bars?symbol=BRK.B&width=1m&to=2019-02-13T14%3A30%3A00Z');
  expect(queryString({ a: undefined, b: '' })).toBe('');
});

it.each([
  [400, { title: 'Bad request', detail: 'width: 1m expected, was 2m' }, 'width: 1m expected, was 2m'],
  [404, { title: 'Unknown symbol' }, 'Unknown symbol'],
  [502, '<html>', 'The server answered 502.'],
])('turns status %i into an error that says why', async (status, body, message) => {
  const failure = await createClient('', answering(status, body)).health().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApiError);
  expect(failure).toMatchObject({ message, status });
});

it('says that the server is away', async () => {
  const client = createClient('', () => Promise.reject(new TypeError('network')));
  await expect(client.symbols()).rejects.toMatchObject({ status: 0, message: 'The server cannot be reached.' });
});
