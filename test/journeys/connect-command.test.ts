// `mailroom connect` as a person at a terminal uses it: by the page that it opens, or with an App Password typed there.
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { newFolder, ranMailroom, removeFolder, runMailroom, startMailroom } from '../support/mailroom.ts';
import { letter, type PretendGmail, startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'canaryjanepasswd' };
const certificates = newFolder();
let pretend: PretendGmail;
let folder: string;

beforeAll(async () => {
  pretend = await startPretendGmail(certificates, [JANE]);
  for (const n of [1, 2, 3, 4])
    pretend.gmail
      .user(JANE.email)
      .deliver(letter(`Letter ${n}`, { to: JANE.email }), { date: new Date(Date.UTC(2026, 9, n)) });
});
afterAll(async () => {
  await pretend.gmail.close();
  removeFolder(certificates);
});
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => removeFolder(folder));

const expectNewest = (out: string): void =>
  expect(out).toMatch(/4 of 4 mails.*The newest:\n +Letter 4 [^\n]*\n +Letter 3 [^\n]*\n +Letter 2 [^\n]*\n/s);

describe('mailroom connect', () => {
  it('takes an App Password where there is no browser, asks again for a wrong one, and shows it nowhere', async () => {
    const input = `${JANE.email}\nwrongwrongwrongw\n${JANE.email}\n${JANE.appPassword}\n`;
    const { code, out, err } = await ranMailroom(['connect'], { env: pretend.env, folder, input });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/http:\/\/127\.0\.0\.1:\d+\/connect\/\S+/);
    expect(out).toContain('did not accept');
    expectNewest(out);
    expect(out).not.toContain(JANE.appPassword);
  });

  it('opens the page at the server that runs, waits for the person, and shows the first sync', async () => {
    const room = await startMailroom({ folder, env: { ...pretend.env, ...pretend.gmail.google.env } });
    const command = runMailroom(['connect', '--email', JANE.email], { env: { BROWSER: '/bin/true' }, folder });
    let out = '';
    const link = Promise.withResolvers<string>();
    createInterface({ input: command.stdout! }).on('line', (line) => {
      out += `${line}\n`;
      const url = /http:\S+\/connect\/\S+/.exec(line)?.[0];
      if (url) link.resolve(url);
    });
    const ended = new Promise((resolve) => command.once('close', resolve));
    const url = await link.promise;
    expect(url.startsWith(room.url)).toBe(true);
    const browser = new Browser();
    const begun = await browser.follow(await browser.post(url, { method: 'google' }));
    const back = await pretend.gmail.google.consent(begun.location!, { email: JANE.email });
    await browser.follow(await browser.get(back));
    await browser.post(`${url}/confirm`, { decision: 'yes', address: JANE.email, timezone: 'Europe/Berlin' });
    expect(await ended).toBe(0);
    expectNewest(out);
    expect(out).not.toContain('App Password');
    const [account] = (await room.rest('GET', '/accounts')).body;
    expect(account).toMatchObject({ user_id: 'me', kind: 'google_oauth', timezone: 'Europe/Berlin' });
    await room.end();
  });

  it('says so in one line when nothing was connected', async () => {
    const room = await startMailroom({ folder, env: pretend.env });
    const command = runMailroom(['connect', '--email', JANE.email], { env: {}, folder, input: '' });
    const lines: string[] = [];
    const link = Promise.withResolvers<string>();
    createInterface({ input: command.stdout! }).on('line', (line) => {
      lines.push(line);
      if (line.includes('/connect/')) link.resolve(line.trim());
    });
    const ended = new Promise((resolve) => command.once('close', resolve));
    await new Browser().post(await link.promise, { method: 'decline' });
    expect([await ended, (await room.rest('GET', '/accounts')).body]).toEqual([1, []]);
    expect(lines.at(-1)).toBe('Nothing was connected.');
    await room.end();
  });
});
