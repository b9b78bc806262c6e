// The demo as a stranger runs it: it tells its story, works for a client of one's own, and leaves nothing behind.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { eventually, newFolder, ranMailroom, removeFolder, runMailroom } from '../support/mailroom.ts';

let folder: string;
let temporary: string;
beforeEach(() => {
  folder = newFolder();
  temporary = join(folder, 'tmp');
  mkdirSync(temporary);
});
afterEach(() => removeFolder(folder));

const LIMIT_MS = 90_000;
// Settings of a Mailroom on this machine, of which the demo must know nothing.
const foreign = {
  PORT: '1',
  PUBLIC_URL: 'https://mail.example',
  DATABASE_URL: 'nonsense:',
  GMAIL_IMAP_HOST: 'nowhere',
};

describe('the demo', () => {
  it('tells how an answer reaches the other, in plain text where there is no terminal', {
    timeout: LIMIT_MS,
  }, async () => {
    const env = { TMPDIR: temporary, ...foreign };
    const { code, out, err } = await ranMailroom(['demo', '--once'], { env, folder });
    expect([code, err]).toEqual([0, '']);
    const steps = [
      '→ POST /accounts',
      '→ POST /connect-links',
      '"status": "connected"',
      /Jane +609 of 609 mails/,
      /Sam +208 of 208 mails/,
      '→ search_emails',
      'where is the key to the',
      '→ get_emails',
      '│ the house is yours for the summer.',
      '→ send_email',
      '"status": "sent"',
      '→ POST /users/sam/profiles/assistant/tokens',
      '→ tools/list at /mcp/gmail',
      '→ gmail_search',
      '"sender": "Jane <jane@gmail.example>"',
      '→ gmail_read_thread',
      '→ gmail_create_draft',
      '"draft_id": "r-',
      'That was the tour.',
    ];
    let rest = out;
    for (const step of steps) {
      const at = typeof step === 'string' ? rest.indexOf(step) : rest.search(step);
      expect(at, `${step} in\n${rest}`).toBeGreaterThanOrEqual(0);
      rest = rest.slice(at);
    }
    expect(out).not.toContain('\x1b');
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['tmp']);
  });

  it('stays up for a client with the address and key that it prints, until it is told to end', {
    timeout: LIMIT_MS,
  }, async () => {
    const child = runMailroom(['demo'], { env: { TMPDIR: temporary }, folder });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      const said: string[] = [];
      for await (const line of createInterface(child.stdout!)) {
        said.push(line);
        if (line.startsWith('Ctrl-C')) break;
      }
      const story = said.join('\n');
      const entry = JSON.parse(/^ {3}\{\n[\s\S]*?\n {3}\}$/m.exec(story)![0]).mcpServers['mailroom-demo'];
      const headers = {
        ...entry.headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      };
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
      const tools = await fetch(entry.url, { method: 'POST', headers, body: JSON.stringify(call) });
      expect([tools.status, await tools.text()]).toEqual([200, expect.stringContaining('search_emails')]);
      const signIn = /^ *(http:\S+\/sign-in\/\S+)$/m.exec(story)![1]!;
      expect(story.replace(/\s+/g, ' ')).toContain(`The dashboard is at ${new URL(signIn).origin}.`);
      const browser = new Browser();
      expect((await browser.get(signIn)).text).toContain('<strong>');
      expect((await browser.post(signIn, {})).status).toBe(303);
      const me = await browser.ask('GET', `${new URL(signIn).origin}/me`);
      expect(JSON.parse(me.text)).toMatchObject({ user_id: 'sam', role: 'member' });
      const [, address, body] = /curl -s (\S+\/mails) -d '(.*)'/.exec(story)!;
      expect((await fetch(address!, { method: 'POST', body })).status).toBe(201);
    } finally {
      child.kill('SIGINT');
    }
    expect([await ended, readdirSync(temporary)]).toEqual([0, []]);
  });

  it.each([
    ['it is interrupted during the tour', '✓ Mailroom', (child: ChildProcess) => child.kill('SIGINT')],
    ['it is interrupted while it begins', 'Mailroom, in', (child: ChildProcess) => child.kill('SIGINT')],
    ['nobody reads on during the tour', '✓ Mailroom', (child: ChildProcess) => child.stdout!.destroy()],
    ['nobody reads on from the first line', 'Mailroom, in', (child: ChildProcess) => child.stdout!.destroy()],
  ])('leaves nothing behind when %s', { timeout: LIMIT_MS }, async (_, sign, interrupt) => {
    const child = runMailroom(['demo', '--once'], { env: { TMPDIR: temporary }, folder });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise<void>((resolve) =>
      createInterface(child.stdout!).on('line', (line) => line.startsWith(sign) && resolve()),
    );
    interrupt(child);
    expect([await ended, readdirSync(temporary)]).toEqual([130, []]);
  });

  it('takes its server along when it is killed', { timeout: LIMIT_MS }, async () => {
    const child = runMailroom(['demo'], { env: { TMPDIR: temporary }, folder });
    const url = await new Promise<string>((resolve) =>
      createInterface(child.stdout!).on('line', (line) => {
        const up = /^✓ Mailroom, at (\S+)$/.exec(line);
        if (up) resolve(up[1]!);
      }),
    );
    expect((await fetch(`${url}/health`)).status).toBe(200);
    child.kill('SIGKILL');
    await eventually(() =>
      fetch(`${url}/health`).then(
        () => false,
        () => true,
      ),
    );
  });
});
