// How the dashboard's page is served, whatever the address that somebody opens: as a browser asks for it, without one.
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLock } from '../../src/store/lock.ts';
import { type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';

const folder = newFolder();
let room: Mailroom;
beforeAll(async () => {
  room = await startMailroom({ folder, env: {} });
});
afterAll(async () => {
  await room?.end();
  removeFolder(folder);
});

/** What a browser is told that asks `at` under the name `host`. */
function opened(at: string, host: string, path: string): Promise<{ status: number; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    request(new URL(path, at), { headers: { host, 'sec-fetch-mode': 'navigate' } }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, location: answer.headers.location });
    })
      .on('error', reject)
      .end();
  });
}

it('sends whoever opens it by another name of this machine to the one that people are told, whole', async () => {
  const { port, host } = new URL(room.url);
  expect(await opened(room.url, `localhost:${port}`, '/mail?q=from%3Aamy')).toEqual({
    status: 302,
    location: `${room.url}/mail?q=from%3Aamy`,
  });
  expect((await opened(room.url, host, '/mail?q=from%3Aamy')).status).toBe(200);
  const tricky = await opened(room.url, `localhost:${port}`, '/settings/agents/%2f%2fevil.example?to=//evil.example');
  expect(new URL(tricky.location!).origin).toBe(room.url);
});

it('does not send the browser in a circle when a proxy on this machine puts its own Host', async () => {
  const proxied = await startMailroom({ env: { PUBLIC_URL: 'http://localhost:3000/box' } });
  try {
    const at = readLock(join(proxied.folder, 'data'))!.url!;
    expect((await opened(at, new URL(at).host, '/')).status).toBe(200);
    expect((await opened(at, 'localhost:3000', '/')).status).toBe(200);
  } finally {
    await proxied.end();
    removeFolder(proxied.folder);
  }
});
