// A real client talks to the pretend Gmail: what it sees is what Gmail would show.
import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImapLines } from '../../test/support/imap-lines.ts';
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

  it('offers what Gmail offers, no more and no less', async () => {
    const lines = await ImapLines.open(sandbox.imap.port, sandbox.ca);
    const offered = async () => /\* CAPABILITY (.*)\r\n/.exec(await lines.command('CAPABILITY'))?.[1];
    expect(await offered()).toBe(
      'IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER',
    );
    await lines.command(`LOGIN ${ANNA} abcdefghijklmnop`);
    expect(await offered()).toBe(
      'IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584',
    );
    lines.close();
  });

  it('compresses both ways for a client that asks', async () => {
    const raw = `Subject: long\r\n\r\n${'The same words again. '.repeat(20_000)}\r\n`;
    sandbox.user(ANNA).deliver(raw, { labels: ['Compressed'] });
    await within(client(), async (imap) => {
      await imap.mailboxOpen('Compressed');
      const got = await imap.fetchOne('1', { source: true });
      expect(got && got.source?.toString() === raw).toBe(true);
      await imap.append('Compressed', raw.replace('long', 'back'));
      expect(sandbox.user(ANNA).truth().at(-1)?.sizeBytes).toBe(raw.length);
    });
    const compressing = sandbox.log.filter(({ line }) => line === 'COMPRESS DEFLATE');
    expect(compressing.length).toBeGreaterThan(0);
  });

  it('shows localised names, and hides what the user hides', async () => {
    await within(client('kemal@example.test'), async (imap) => {
      const paths = (await imap.list()).map((box) => box.path);
      expect(paths).toContain('[Gmail]/Tüm Postalar');
      expect(paths).not.toContain('[Gmail]/Önemli');
      expect((await imap.mailboxOpen('[Gmail]/Tüm Postalar')).exists).toBe(0);
    });
  });

  it('leaves out the label of the open mailbox', async () => {
    sandbox.user(ANNA).deliver('Subject: labels\r\n\r\nx', { labels: ['\\Inbox', 'Work'] });
    await within(client(), async (imap) => {
      await imap.mailboxOpen('INBOX');
      const got = await imap.fetchOne('*', { labels: true });
      expect(got && [...(got.labels ?? [])]).toEqual(['Work']);
    });
  });

  it('fetches parts, headers and slices of the mail that was delivered', async () => {
    const raw = [
      'Subject: parts',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'the text',
      '--b',
      'Content-Disposition: attachment; filename="f.bin"',
      'Content-Transfer-Encoding: base64',
      '',
      'AAEC',
      '--b--',
      '',
    ].join('\r\n');
    sandbox.user(ANNA).deliver(raw);
    await within(client(), async (imap) => {
      await imap.mailboxOpen('INBOX');
      const got = await imap.fetchOne('*', {
        bodyStructure: true,
        bodyParts: ['1', '2', { key: '2', start: 1, maxLength: 2 }],
        headers: ['Subject'],
      });
      if (!got) throw new Error('nothing was fetched');
      expect(got.bodyStructure?.childNodes?.[1]?.dispositionParameters).toEqual({ filename: 'f.bin' });
      expect(got.bodyParts?.get('1')?.toString()).toBe('the text');
      expect(got.headers?.toString()).toBe('Subject: parts\r\n\r\n');
      const { content } = await imap.download('*', '2');
      const bytes: Buffer[] = [];
      for await (const chunk of content ?? []) bytes.push(chunk as Buffer);
      expect(Buffer.concat(bytes)).toEqual(Buffer.from([0, 1, 2]));
    });
  });

  it('marks a flag everywhere and follows CHANGEDSINCE', async () => {
    const { id } = sandbox.user(ANNA).deliver('Subject: flags\r\n\r\nx');
    await within(client(), async (imap) => {
      await imap.mailboxOpen('INBOX');
      await imap.messageFlagsAdd('*', ['\\Seen']);
      const box = await imap.mailboxOpen('[Gmail]/All Mail');
      sandbox.user(ANNA).addLabel(id, 'Later');
      const changed = await imap.fetchAll('1:*', { flags: true, labels: true }, { changedSince: box.highestModseq! });
      expect(changed).toHaveLength(1);
      expect([...changed[0]!.flags!]).toEqual(['\\Seen']);
      expect([...changed[0]!.labels!]).toContain('Later');
    });
  });

  it('searches by flag, header, Gmail id and X-GM-RAW', async () => {
    const user = sandbox.user(ANNA);
    const wanted = user.deliver(
      'From: Zoë <zoe@example.test>\r\nSubject: =?utf-8?Q?K=C3=B6nig?= plan\r\nMessage-ID: <raw@x>\r\n\r\nmeet at the harbour\r\n',
      { labels: ['Trips/Sea'], flags: ['\\Seen'] },
    );
    await within(client(), async (imap) => {
      await imap.mailboxOpen('[Gmail]/All Mail');
      const uid = user.truth().find((mail) => mail.id === wanted.id)!.uids['[Gmail]/All Mail']!;
      const find = (query: object) => imap.search(query, { uid: true });
      expect(await find({ header: { 'message-id': 'raw@x' } })).toEqual([uid]);
      expect(await find({ emailId: String(BigInt(`0x${wanted.id}`)) })).toEqual([uid]);
      expect(await find({ from: 'zoe', seen: true, subject: 'König' })).toEqual([uid]);
      for (const gmraw of [
        'harbour from:zoe',
        'label:trips-sea -is:unread',
        'rfc822msgid:raw@x',
        'subject:(konig plan) OR nothing',
        '{from:nobody "the harbour"}',
      ]) {
        expect(await find({ gmraw }), gmraw).toEqual([uid]);
      }
      for (const gmraw of ['harb', 'harbour is:unread', 'from:zoe -harbour', 'unknown:operator']) {
        expect(await find({ gmraw }), gmraw).toEqual([]);
      }
    });
  });

  it('moves to a label, to Trash and out of the inbox', async () => {
    const user = sandbox.user(ANNA);
    const { id } = user.deliver('Subject: moves\r\n\r\nx');
    const truth = () => user.truth().find((mail) => mail.id === id)!;
    await within(client(), async (imap) => {
      await imap.mailboxCreate('Räume');
      await imap.mailboxOpen('INBOX');
      const moved = await imap.messageMove('*', 'Räume');
      expect(truth().labels).toEqual(['Räume']);
      expect(moved && [...moved.uidMap!.values()]).toEqual([truth().uids.Räume]);
      await imap.mailboxOpen('Räume');
      await imap.messageMove('*', '[Gmail]/Trash');
      expect(truth()).toMatchObject({ place: 'trash', labels: ['Räume'] });
      await imap.mailboxOpen('[Gmail]/Trash');
      await imap.messageDelete('*');
      expect(truth()).toBeUndefined();
    });
  });

  it('takes a mail by APPEND with flags and date', async () => {
    await within(client(), async (imap) => {
      const date = new Date('2020-02-29T10:00:00Z');
      const done = await imap.append(
        '[Gmail]/Drafts',
        'Subject: draft\r\n\r\nDraft € text',
        ['\\Draft', '\\Seen'],
        date,
      );
      const mail = sandbox.user(ANNA).truth().at(-1)!;
      expect(mail).toMatchObject({ flags: ['\\Draft', '\\Seen'], labels: ['\\Draft'], dateMs: date.getTime() });
      expect(done || null).toHaveProperty('uid', mail.uids['[Gmail]/Drafts']);
    });
  });

  it('takes an APPEND of many megabytes and refuses one beyond the limit', async () => {
    const user = sandbox.addUser({ email: 'big@example.test', appPassword: PASSWORD });
    const client = await ImapLines.open(sandbox.imap.port, sandbox.ca);
    await client.command('LOGIN big@example.test abcdefghijklmnop');
    const raw = `Subject: big\r\n\r\n${'0123456789abcdef\r\n'.repeat(300_000)}`;
    expect(await client.command(`APPEND "[Gmail]/All Mail" {${raw.length}+}\r\n${raw}`)).toMatch(
      /OK \[APPENDUID \d+ 1\]/,
    );
    expect(user.truth()[0]).toMatchObject({ sizeBytes: raw.length, labels: [] });
    expect(await client.command('APPEND INBOX {35651585}')).toContain('NO [TOOBIG]');
    expect(await client.command('NOOP')).toContain('OK');
    client.close();
  });

  it('tells of arrivals, removals and flags during IDLE, and says nothing of labels', async () => {
    const user = sandbox.user(ANNA);
    await within(client(), async (imap) => {
      await imap.mailboxOpen('[Gmail]/All Mail');
      const heard: string[] = [];
      const next = (event: string) => new Promise<void>((resolve) => imap.once(event as 'exists', () => resolve()));
      for (const event of ['exists', 'expunge', 'flags'] as const) imap.on(event, () => heard.push(event));
      void imap.idle().catch(() => {});
      let told = next('exists');
      const { id } = user.deliver('Subject: idle\r\n\r\nx');
      await told;
      told = next('flags');
      user.addLabel(id, 'Quiet');
      user.setFlags(id, ['\\Seen']);
      await told;
      told = next('expunge');
      user.trash(id);
      await told;
      expect(heard).toEqual(['exists', 'flags', 'expunge']);
    });
  });

  it('answers ESEARCH, lone stars, UNCHANGEDSINCE and UTF-7 names', async () => {
    const user = sandbox.addUser({ email: 'lines@example.test', appPassword: PASSWORD, language: 'de' });
    for (const number of [1, 2, 3]) user.deliver(`Subject: ${number}\r\n\r\nx`, { labels: ['\\Inbox', 'Bücher'] });
    const client = await ImapLines.open(sandbox.imap.port, sandbox.ca);
    await client.command('LOGIN lines@example.test abcdefghijklmnop');
    expect(await client.command('LIST "" * RETURN (SPECIAL-USE STATUS (MESSAGES))')).toContain(
      '* LIST (\\HasNoChildren) "/" "B&APw-cher"\r\n* STATUS "B&APw-cher" (MESSAGES 3)',
    );
    expect(await client.command('SELECT "[Gmail]/Entw&APw-rfe"')).toMatch(/0 EXISTS[\s\S]*OK \[READ-WRITE\]/);
    await client.command('SELECT INBOX');
    expect(await client.command('UID SEARCH RETURN (ALL COUNT MIN MAX) NOT UID 2')).toContain(
      '* ESEARCH (TAG "T5") UID ALL 1,3 COUNT 2 MIN 1 MAX 3\r\n',
    );
    expect(await client.command('UID SEARCH RETURN () SEEN')).toContain('* ESEARCH (TAG "T6") UID\r\n');
    expect(await client.command('FETCH * (UID X-GM-LABELS)')).toContain('* 3 FETCH (UID 3 X-GM-LABELS ("B&APw-cher"))');
    const modseq = user.view('inbox')!.mails.get(1)!.modseq;
    expect(await client.command(`UID STORE 1:2 (UNCHANGEDSINCE ${modseq}) +X-GM-LABELS (K&APY-ln)`)).toMatch(
      /\* 1 FETCH .*X-GM-LABELS \("B&APw-cher" "K&APY-ln"\)\)\r\nT8 OK \[MODIFIED 2\]/,
    );
    expect(await client.command('CREATE "[Gmail]/Mine"')).toContain('NO [CANNOT]');
    expect(await client.command('SELECT Nowhere')).toContain('NO [NONEXISTENT] Unknown Mailbox: Nowhere');
    expect(await client.command('GIBBERISH')).toContain('BAD');
    client.close();
  });
});

describe('the pretend Gmail with nodemailer', () => {
  it('refuses a mail that is too large, and files nothing', { timeout: 60_000 }, async () => {
    const transport = createTransport({
      host: 'localhost',
      port: sandbox.smtp.port,
      requireTLS: true,
      tls: { ca: sandbox.ca },
      auth: { user: ANNA, pass: PASSWORD },
    });
    const before = sandbox.user(ANNA).size;
    const raw = Buffer.alloc(36_000_000, `${'x'.repeat(76)}\r\n`);
    const sent = transport.sendMail({ envelope: { from: ANNA, to: [ANNA] }, raw });
    await expect(sent).rejects.toMatchObject({ responseCode: 552, response: expect.stringContaining('5.2.3') });
    transport.close();
    expect([sandbox.user(ANNA).size, sandbox.submissions.length]).toEqual([before, 0]);
  });
});
