// A real client talks to the pretend Gmail: what it sees is what Gmail would show.
import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from './sandbox.ts';

const ANNA = 'anna@example.test';
const PASSWORD = 'abcd efgh ijkl mnop';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    users: [
      { email: ANNA, appPassword: PASSWORD, password: 'hunter2' },
      { email: 'kemal@example.test', appPassword: PASSWORD, language: 'tr', hidden: ['important'] },
    ],
  });
});
afterAll(() => sandbox.close());

function client(email = ANNA, options: Partial<ImapFlowOptions> = {}): ImapFlow {
  const imap = new ImapFlow({
    host: 'localhost',
    port: sandbox.imap.port,
    secure: true,
    tls: { ca: sandbox.ca },
    auth: { user: email, pass: PASSWORD },
    logger: false,
    ...options,
  });
  imap.on('error', () => {});
  return imap;
}

async function within<T>(imap: ImapFlow, work: (imap: ImapFlow) => Promise<T>): Promise<T> {
  await imap.connect();
  try {
    return await work(imap);
  } finally {
    imap.close();
  }
}

describe('the pretend Gmail with imapflow', () => {
  it('logs in, lists, selects and fetches with X-GM items', async () => {
    const raw = 'From: Bob <bob@example.test>\r\nSubject: Hi\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n';
    const labels = ['\\Inbox', 'Work/Dringend für Öl'];
    const mail = sandbox.user(ANNA).deliver(raw, { labels, flags: ['\\Flagged'] });
    await within(client(), async (imap) => {
      const boxes = await imap.list();
      expect(boxes.find((box) => box.specialUse === '\\All')?.path).toBe('[Gmail]/All Mail');
      expect(boxes.find((box) => box.path === '[Gmail]')?.flags.has('\\Noselect')).toBe(true);
      expect(boxes.map((box) => box.path)).toContain('Work/Dringend für Öl');
      const box = await imap.mailboxOpen('[Gmail]/All Mail');
      expect(box).toMatchObject({ exists: 1, uidNext: 2, readOnly: false });
      const got = await imap.fetchOne('*', { envelope: true, labels: true, threadId: true, flags: true, source: true });
      if (!got) throw new Error('nothing was fetched');
      expect(BigInt(got.emailId ?? 0).toString(16)).toBe(mail.id);
      expect(BigInt(got.threadId ?? 0).toString(16)).toBe(mail.threadId);
      expect([...(got.labels ?? [])].sort()).toEqual(['Work/Dringend für Öl', '\\Inbox', '\\Starred']);
      expect(got.envelope?.from?.[0]).toEqual({ name: 'Bob', address: 'bob@example.test' });
      expect(got.source?.toString()).toBe(raw);
    });
  });
});
