// What the Gmail API alone does to a source, and that no mail is lost or told twice by it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MailSource } from '../../src/backend/port.ts';
import type { Change, RawMessage } from '../../src/mail/change.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { GMAIL_SCOPES } from '../../src/sandbox/google/scopes.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Fault } from '../../src/sandbox/script.ts';
import { type GmailBed, limitsOf, openGmail, PLENTY, TOPIC } from '../support/gmail-source.ts';
import { SleepingClock } from '../support/google-answers.ts';
import { base64url, GoogleClient } from '../support/google-client.ts';
import { Mirror } from '../support/mirror.ts';
import { letter } from './mail-source.ts';

const never = new AbortController().signal;
const HEADERS = 'From: a@example.org\r\nMIME-Version: 1.0\r\n';

let sandbox: Sandbox;
let users = 0;
let email: string;
let source: MailSource | undefined;
let mirror: Mirror;

beforeAll(async () => {
  sandbox = await startSandbox({ users: [] });
  sandbox.google.settings.unitsPerUserMinute = PLENTY;
  sandbox.google.settings.unitsPerProjectMinute = PLENTY;
});
beforeEach(() => {
  email = `user${++users}@example.com`;
  sandbox.addUser({ email, appPassword: 'abcdefghijklmnop' });
  mirror = new Mirror();
});
afterEach(async () => {
  sandbox.script.clear();
  await source?.close();
  source = undefined;
});
afterAll(() => sandbox?.close());

const user = () => sandbox.user(email);
const deliver = (subject: string, options = {}) => user().deliver(letter(subject), options);
const fill = (count: number) => Array.from({ length: count }, (_, i) => deliver(`mail ${i}`).id);
function open(bed: GmailBed = {}): MailSource {
  source = openGmail(sandbox, email, bed);
  return source;
}
/** A mail that the server fails over, as it does over nothing else. */
function unreadable(id: string): () => void {
  const mail = user().find(id)!;
  const { raw } = mail;
  const broken = { get: (): Buffer => failing(), configurable: true };
  Object.defineProperty(mail, 'raw', broken);
  return () => void Object.defineProperty(mail, 'raw', { value: raw, configurable: true });
}
function failing(): never {
  throw new Error('this mail cannot be read');
}
const count = (operation: string) => sandbox.google.count(operation, email);
const fails = (fault: Omit<Extract<Fault, { kind: 'google-answer' }>, 'kind'>) =>
  sandbox.script.add(email, { kind: 'google-answer', ...fault });
const kinds = (came: readonly Change<RawMessage>[]) => came.map(({ kind }) => kind);
const held = () => mirror.subjects(mirror.all());
const client = () => new GoogleClient(sandbox, email, [GMAIL_SCOPES.F]);

describe('the Gmail API', () => {
  it('costs four units a round while nothing happens', async () => {
    fill(3);
    open({ topic: null });
    await mirror.round(source!);
    const before = sandbox.google.units(email);
    await mirror.round(source!);
    expect(sandbox.google.units(email) - before).toBeLessThanOrEqual(4);
  });

  it('has a history that does not reach back: everything is compared, and nothing known travels again', async () => {
    const ids = fill(30);
    await mirror.round(open());
    user().remove(ids[3]!);
    user().addLabel(ids[4]!, 'Work');
    user().setFlags(ids[5]!, ['\\Seen']);
    deliver('fresh');
    user().history.forget();
    const before = count('messages.get');
    const came = await mirror.round(source!);
    expect(kinds(came).at(-1)).toBe('settled');
    expect(held()).toEqual(
      [...Array.from({ length: 30 }, (_, i) => `mail ${i}`), 'fresh'].filter((s) => s !== 'mail 3').toSorted(),
    );
    const at = (id: string) => mirror.all().find(({ identity }) => identity === `gm:${id}`)!;
    expect(at(ids[4]!).labels).toContainEqual(expect.objectContaining({ name: 'Work' }));
    expect(at(ids[5]!).flags).toContain('seen');
    expect(count('messages.get') - before).toBe(1);
    await mirror.round(source!);
    expect(kinds(await mirror.round(source!))).toEqual(['places', 'settled']);
    deliver('later');
    await mirror.round(source!, 'new');
    expect(held()).toContain('later');
  });

  it('forgets its history again and again, and is not compared for ever in one round', async () => {
    fill(3);
    await mirror.round(open());
    for (let i = 0; i < 5; i++) {
      deliver(`fresh ${i}`);
      user().history.forget();
      await mirror.round(source!);
      expect(held()).toContain(`fresh ${i}`);
    }
    expect(mirror.all()).toHaveLength(8);
    const takeBack = fails({ operation: 'history.list', status: 404, reason: 'notFound' });
    await expect(mirror.round(source!)).rejects.toMatchObject({ code: 'unavailable' });
    takeBack();
    deliver('after all');
    await mirror.round(source!);
    expect(mirror.all()).toHaveLength(9);
  });

  it('finds a history too old in a look for new mail too', async () => {
    fill(3);
    await mirror.round(open());
    deliver('fresh');
    user().history.forget();
    await mirror.round(source!, 'new');
    expect(held()).toContain('fresh');
  });

  it('deletes a mail for good: it is gone after a look for new mail, and not only after a whole round', async () => {
    const [first] = fill(2);
    await mirror.round(open());
    user().remove(first!);
    expect(kinds(await mirror.round(source!, 'new'))).toContain('settled');
    expect([held(), mirror.mails.has(`gm:${first}`)]).toEqual([['mail 1'], false]);
  });

  it('sends empty pages that say there is more', async () => {
    fill(2);
    await mirror.round(open());
    deliver('fresh');
    sandbox.script.add(email, { kind: 'google-empty-page', times: 2 });
    await mirror.round(source!, 'new');
    expect(held()).toContain('fresh');
    expect(mirror.repeats).toBe(0);
  });

  it('tells of mails that came and went between two looks, and of those alone', async () => {
    const [first] = fill(1);
    await mirror.round(open());
    const { id } = deliver('short-lived');
    user().addLabel(id, 'Work');
    user().remove(id);
    user().addLabel(first!, 'Work');
    user().removeLabel(first!, 'Work');
    user().setFlags(first!, ['\\Seen', '\\Flagged']);
    await mirror.round(source!);
    expect(held()).toEqual(['mail 0']);
    expect(mirror.all()[0]!.flags.toSorted()).toEqual(['flagged', 'seen']);
    expect(mirror.all()[0]!.labels?.map((label) => (label.type === 'user' ? label.name : label.id))).toEqual(['INBOX']);
  });

  it('knows more of a mail than was listed a moment ago: what is known is told with its labels as they are', async () => {
    await mirror.round(open());
    const { id } = deliver('found first');
    const request = { limit: 5, knows: mirror.knows, signal: never };
    for await (const change of source!.search({ gmail: 'found', imap: null, includesHidden: false }, request))
      mirror.apply(change);
    expect(held()).toEqual(['found first']);
    user().addLabel(id, 'Work');
    await mirror.round(source!, 'new');
    expect(mirror.all()[0]!.labels).toContainEqual(expect.objectContaining({ name: 'Work' }));
  });

  it('shows a label that is renamed, emptied and taken away', async () => {
    const [id] = fill(1);
    user().addLabel(id!, 'Work');
    await mirror.round(open());
    const names = () => mirror.places.flatMap(({ label }) => (label?.type === 'user' ? [label.name] : []));
    expect(names()).toEqual(['Work']);
    const [place] = mirror.places.filter(({ label }) => label?.type === 'user');
    user().renameLabel('Work', 'Job');
    await mirror.round(source!);
    expect(mirror.places.filter(({ label }) => label?.type === 'user')).toEqual([
      { ...place, label: expect.objectContaining({ name: 'Job' }) },
    ]);
    user().deleteLabel('Job');
    await mirror.round(source!);
    expect(names()).toEqual([]);
  });

  it('has drafts with ids of their own, which are told when one comes, changes or goes', async () => {
    const raw = (subject: string) => ({ message: { raw: base64url(letter(subject)) } });
    await client().post('drafts', raw('first'));
    await mirror.round(open());
    const [[, firstId] = []] = mirror.drafts;
    expect(mirror.drafts.size).toBe(1);
    await client().ask('PUT', `drafts/${firstId}`, raw('second'));
    await mirror.round(source!, 'new');
    expect([...mirror.drafts]).toEqual([[mirror.all()[0]!.identity.slice(3), firstId]]);
    expect(held()).toEqual(['second']);
    await client().ask('DELETE', `drafts/${firstId}`);
    expect(kinds(await mirror.round(source!, 'new'))).toContain('drafts');
    expect([mirror.drafts.size, held()]).toEqual([0, []]);
    deliver('no draft');
    expect(kinds(await mirror.round(source!, 'new'))).toEqual(['messages']);
  });

  it.each([
    ['no profile', 'getProfile', 501],
    ['no profile', 'getProfile', 404],
    ['no drafts', 'drafts.list', 404],
    ['no batches', 'batch', 404],
  ])('may have %s (%s: %i)', async (_, operation, status) => {
    fills(operation, status);
    fill(30);
    await mirror.round(open());
    expect(held()).toHaveLength(30);
    deliver('fresh');
    await mirror.round(source!);
    expect(held()).toContain('fresh');
    expect(mirror.repeats).toBe(0);
  });
  const fills = (operation: string, status: number) => fails({ operation, status });

  it('loses answers and has trouble, and nothing is lost or told twice', async () => {
    fill(60);
    for (const operation of ['messages.list', 'messages.get', 'labels.list'])
      sandbox.script.add(email, { kind: 'google-drop', operation, stage: 'after' });
    fails({ operation: 'messages.get', status: 500, times: 3 });
    fails({ operation: 'messages.get', status: 429, reason: 'rateLimitExceeded', times: 2 });
    const limits = limitsOf({ clock: new SleepingClock() });
    await mirror.round(open({ limits }));
    expect(held()).toHaveLength(60);
    expect(mirror.repeats).toBe(0);
  });

  it.each([400, 404, 501])('has no profile and no drafts, and says so by %i', async (status) => {
    fill(3);
    fails({ operation: 'getProfile', status });
    fails({ operation: 'drafts.list', status });
    await mirror.round(open());
    deliver('later');
    await mirror.round(source!);
    expect(held()).toHaveLength(4);
  });

  it('cannot give a mail that has just come: what comes after it is told all the same', async () => {
    fill(2);
    const limits = limitsOf({ clock: new SleepingClock() });
    await mirror.round(open({ limits }));
    const restore = unreadable(deliver('broken').id);
    await mirror.round(source!);
    deliver('whole');
    await source!.close();
    await mirror.round(open({ limits }));
    expect(held()).toHaveLength(3);
    restore();
    await mirror.round(source!);
    expect(held()).toContain('broken');
    expect(mirror.repeats).toBe(0);
  });

  it('asks for patience until a time: this is told, and nobody asks before', async () => {
    fill(5);
    const clock = new SleepingClock();
    clock.at = Date.now();
    const limits = limitsOf({ clock });
    await mirror.round(open({ limits }));
    const until = new Date(clock.at + 3_600_000).toISOString();
    const takeBack = fails({
      status: 429,
      reason: 'rateLimitExceeded',
      message: `User-rate limit exceeded.  Retry after ${until}`,
    });
    await expect(mirror.round(source!)).rejects.toMatchObject({ code: 'rate_limited', retryAt: Date.parse(until) });
    takeBack();
    const asked = sandbox.google.requests.length;
    await expect(mirror.round(source!)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(sandbox.google.requests).toHaveLength(asked);
    clock.at += 3_600_000;
    await mirror.round(source!);
  });

  it('gives so much a minute: an import goes on in its share, and says that it waits', async () => {
    fill(400);
    sandbox.google.settings.unitsPerUserMinute = 6000;
    const clock = new SleepingClock();
    clock.at = Date.now();
    const passed = clock.at;
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (ms, signal) => {
      await sleep(ms, signal);
      sandbox.google.advance(ms);
    };
    const came = await mirror.round(open({ limits: limitsOf({ clock, accountUnits: 6000 }) }));
    sandbox.google.settings.unitsPerUserMinute = PLENTY;
    expect(held()).toHaveLength(400);
    expect(kinds(came)).toContain('waiting');
    // 8,000 units of mails and some for lists, 5,000 a minute.
    expect(clock.at - passed).toBeGreaterThanOrEqual(60_000);
    expect(clock.at - passed).toBeLessThan(130_000);
    expect(sandbox.google.requests.filter((each) => each.email === email && each.status >= 400)).toEqual([]);
  });

  it('says that the consent does not include reading', async () => {
    fill(1);
    fails({ status: 403, reason: 'insufficientPermissions', message: 'Insufficient Permission' });
    await expect(mirror.round(open())).rejects.toMatchObject({
      code: 'account_rejected',
      message: expect.stringContaining('gmail.readonly'),
    });
  });
});

describe('a watch', () => {
  const watched = () => sandbox.google.push.watches.get(email);

  it('is begun once, renewed after a day, and pushes count from then on', async () => {
    const clock = new SleepingClock();
    clock.at = Date.now();
    await mirror.round(open({ limits: limitsOf({ clock }) }));
    await mirror.round(source!);
    expect([watched()?.topicName, count('watch')]).toEqual([TOPIC, 1]);
    expect(source!.heardAt()).toBe(0);
    source!.hint?.();
    expect(source!.heardAt()).toBe(clock.at);
    clock.at += 86_400_000;
    await mirror.round(source!);
    expect(count('watch')).toBe(2);
  });

  it('takes the place of another topic’s', async () => {
    await client().post('watch', { topicName: 'projects/pretend-project/topics/old' });
    await mirror.round(open());
    expect(watched()?.topicName).toBe(TOPIC);
  });

  it.each([
    [403, 'forbidden', 'User not authorized to perform this action.'],
    [404, 'notFound', 'Not Found'],
    [429, 'rateLimitExceeded', 'Retry after 2099-01-01T00:00:00.000Z'],
    [500, 'backendError', ''],
  ])('that Google refuses (%i) leaves the mailbox to be polled, and is told to the operator', async (status, reason, message) => {
    deliver('mail');
    fails({ operation: 'watch', status, reason, message });
    const told: unknown[] = [];
    const logger = { warn: (_: unknown, words: string) => told.push(words), info: () => undefined } as never;
    const limits = limitsOf({ clock: new SleepingClock() });
    const came = await mirror.round(open({ logger, limits }));
    expect(kinds(came).at(-1)).toBe('settled');
    expect([held(), source!.heardAt()]).toEqual([['mail'], 0]);
    expect(told).toEqual([expect.stringMatching(/^no push: /)]);
    source!.hint?.();
    expect(source!.heardAt()).toBe(0);
  });

  it('is not asked for without a topic', async () => {
    await mirror.round(open({ topic: null }));
    expect(count('watch')).toBe(0);
    expect(source!.capabilities).toEqual({ gmailIds: true, push: false });
  });
});

describe('a large mail', () => {
  const filler = Buffer.alloc(400_000, 'x').toString('base64').replace(/.{76}/g, '$&\r\n');
  const big = (parts: readonly string[]) =>
    `${HEADERS}Subject: big\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${[...parts, `Content-Type: application/pdf; name=f.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${filler}`].map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
  const read = async (raw: string | Buffer) => {
    user().deliver(raw);
    await mirror.round(open());
    const [mail] = mirror.mails.values();
    expect(mail!.partial).toBe(true);
    return parseMessage(mail!.source!, { parts: mail!.parts, partial: true });
  };
  const part = async (partId: string) => {
    const { uid, uidValidity } = mirror.all()[0]!;
    return Buffer.concat(await (await source!.readPart({ path: 'gmail', uidValidity, uid, partId }, never)).toArray());
  };

  it.each([
    ['utf-8', 'quoted-printable', 'Gr=C3=BC=C3=9Fe'],
    ['iso-8859-1', 'quoted-printable', 'Gr=FC=DFe'],
    ['windows-1252', '8bit', Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65]).toString('latin1')],
  ])('is read the same in %s, %s', async (charset, encoding, text) => {
    const raw = Buffer.from(
      big([`Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${text}`]),
      'latin1',
    );
    const message = await read(raw);
    expect(message.text.trim()).toBe('Grüße');
    expect(message.attachments).toMatchObject([{ partId: '2', filename: 'f.pdf', contentType: 'application/pdf' }]);
    expect(Math.abs(message.attachments[0]!.sizeBytes - 400_000)).toBeLessThanOrEqual(57);
    expect((await part('2')).equals(Buffer.alloc(400_000, 'x'))).toBe(true);
  });

  it('keeps an attached mail and a named text as attachments, and gives their bytes', async () => {
    const attached = 'Subject: inner\r\n\r\nInner text.';
    const message = await read(
      big([
        'Content-Type: text/plain\r\n\r\nOuter.',
        `Content-Type: message/rfc822\r\n\r\n${attached}`,
        'Content-Type: text/plain; charset=iso-8859-1; name=n.txt\r\nContent-Disposition: attachment; filename=n.txt\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=FC',
      ]),
    );
    expect(message.text.trim()).toBe('Outer.');
    expect(message.attachments.map(({ partId, contentType }) => [partId, contentType])).toEqual([
      ['2', 'message/rfc822'],
      ['3', 'text/plain'],
      ['4', 'application/pdf'],
    ]);
    expect((await part('2')).toString()).toBe(attached);
    expect([...(await part('3'))]).toEqual([0xfc]);
  });

  it('is found out too when nothing said that it is large', async () => {
    await mirror.round(open());
    user().deliver(big(['Content-Type: text/plain\r\n\r\nOuter.']));
    user().deliver(`${HEADERS}Subject: huge\r\n\r\n${'A line of text.\r\n'.repeat(60_000)}`);
    await mirror.round(source!, 'new');
    expect([...mirror.mails.values()].map(({ partial }) => partial)).toContain(true);
    expect(mirror.mails.size).toBe(2);
  });
});
