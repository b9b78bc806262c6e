// A mail that is opened tells nobody: not even a connection is made to whom it names, which a browser may do for what its policy then
// refuses, and which no list of requests shows.

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Chromium, chromiumAvailable, startChromium, type Visitor } from '../support/chromium.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail } from '../support/pretend-gmail.ts';
import { signInAs } from '../support/signed-in.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
const LIMIT_MS = 180_000;

const folder = newFolder();
const heard: string[] = [];
const listeners: Server[] = [];
let gmail: Sandbox;
let room: Mailroom;
let chromium: Chromium;
let visitor: Visitor;
let html: string;
let message: string;

/** An address where somebody waits, and notes that it was reached at all. */
async function address(name: string): Promise<string> {
  const server = createServer((socket) => {
    heard.push(name);
    socket.on('error', () => undefined);
    socket.destroy();
  });
  listeners.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
}

const mailThatReachesOut = async (): Promise<string> =>
  [
    `<link rel=preconnect href="${await address('preconnect')}">`,
    `<link rel=stylesheet href="${await address('stylesheet')}">`,
    `<style>@import "${await address('import')}"; body { background: url(${await address('background')}) }</style>`,
    `<meta http-equiv=refresh content="0;url=${await address('refresh')}">`,
    '<p>Shown.</p>',
    `<iframe src="${await address('frame')}"></iframe>`,
    `<object data="${await address('object')}"></object>`,
    `<embed src="${await address('embed')}">`,
    `<img src="${await address('picture')}" srcset="${await address('pictures')} 2x">`,
    `<video poster="${await address('poster')}" src="${await address('video')}"></video>`,
    `<svg><image href="${await address('drawing')}"/></svg>`,
    `<a target=_self href="${await address('link')}">Click me</a>`,
    `<form target=_self action="${await address('form')}"><button>Send</button></form>`,
  ].join('\r\n');

/** By nothing held but the page's policy. */
const openInFrame = (text: string): Promise<unknown> =>
  visitor.page.evaluate(`document.body.append(Object.assign(document.createElement('iframe'), {
    sandbox: '', srcdoc: ${JSON.stringify(text)},
  }))`);

beforeAll(async () => {
  if (!chromiumAvailable()) return;
  const pretend = await startPretendGmail(folder, [JANE]);
  gmail = pretend.gmail;
  html = await mailThatReachesOut();
  const fields = 'MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n';
  gmail.user(JANE.email).deliver(letter('Reaches out', { fields, body: html }));
  room = await startMailroom({ folder, env: pretend.env });
  const account = await connected(room, JANE);
  const { messages } = (await room.rest('GET', `/accounts/${account}/messages?q=reaches`)).body;
  message = messages[0].message_id;
  chromium = await startChromium();
  visitor = await chromium.visitor({ ours: room.url });
}, LIMIT_MS);
afterAll(async () => {
  await chromium?.close();
  await room?.end();
  await gmail?.close();
  for (const each of listeners) each.close();
  removeFolder(folder);
});

describe.skipIf(!chromiumAvailable())('a mail that reaches out', { timeout: LIMIT_MS }, () => {
  it('would reach somebody where only its policy held it', async () => {
    const { page } = visitor;
    await page.goto(`${room.url}/sign-in`);
    await openInFrame(html);
    await eventually(async () => heard.includes('frame'), 60_000);
  });

  it('reaches nobody, also when somebody clicks at it', async () => {
    const { page } = visitor;
    await signInAs('u1', page, room);
    heard.length = 0;
    await page.goto(`${room.url}/mail?message=${message}`);
    const frame = page.frameLocator('iframe[src]');
    await frame.getByText('Shown.').waitFor();
    await visitor.settled();
    await frame.getByText('Click me').click();
    await frame.getByRole('button', { name: 'Send' }).click();
    // Whatever was on its way has come when this has.
    await openInFrame(`<iframe src="${await address('last')}"></iframe>`);
    await eventually(async () => heard.includes('last'), 60_000);
    expect(new Set(heard)).toEqual(new Set(['last']));
    await frame.getByText('Shown.').waitFor();
  });
});
