// What readers are told of who wrote a mail, by both kinds of account and every door: verdicts, strangers, look-alikes, answers that
// go elsewhere. Nothing of it for ordinary mail, and nothing to a narrowed token of what it may not see.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Agent, newAgent } from '../support/agent.ts';
import { connectByGoogle } from '../support/google-account.ts';
import { eventually, type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { connected, letter, startPretendGmail, upToDate } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop' };
/** Whom Jane knows, and no narrowed token. */
const KNOWN = 'Amy Adams <amy@known-canary.example>';
const GOOGLE_SAYS = (results: string) => `Authentication-Results: mx.google.com; ${results}\r\n`;

const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;
let byPassword: string;
let byGoogle: string;
let agents: Record<'wide' | 'narrowed', Agent>;
const ids: Record<string, string> = {};

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE]);
  gmail = pretend.gmail;
  const jane = gmail.user(JANE.email);
  let day = 0;
  const deliver = (name: string, raw: string, options = {}): void => {
    ids[name] = jane.deliver(raw, { date: new Date(Date.UTC(2026, 10, ++day)), ...options }).id;
  };
  deliver('first', letter('First', { from: KNOWN, fields: GOOGLE_SAYS('spf=pass; dkim=pass; dmarc=pass') }));
  deliver('sent', letter('Sent', { from: JANE.email, to: KNOWN }), { labels: ['\\Sent'], flags: ['\\Seen'] });
  deliver('ordinary', letter('Ordinary', { from: KNOWN, fields: 'Reply-To: office@known-canary.example\r\n' }));
  deliver(
    'false',
    letter('False friend', {
      from: 'Amy Adams <amy@evil.example>',
      fields: `${GOOGLE_SAYS('spf=pass; dkim=pass; dmarc=pass')}Reply-To: collect@elsewhere.example\r\n`,
    }),
    { labels: ['\\Inbox', 'Open'] },
  );
  deliver('namesake of Jane', letter('Me', { from: 'x <j4ne@gmail.com>' }), { labels: ['\\Inbox', 'Open'] });
  deliver(
    'forged',
    letter('Forged', {
      from: KNOWN,
      fields: `Authentication-Results: evil.example; dmarc=pass\r\n${GOOGLE_SAYS('spf=pass; dkim=pass; dmarc=pass')}`,
    }),
  );
  deliver(
    'list',
    letter('List', {
      from: KNOWN,
      fields: 'Return-Path: <b@lists.example>\r\nList-Id: <talk.lists.example>\r\nReply-To: talk@lists.example\r\n',
    }),
  );
  const env = { ...pretend.env, ...gmail.google.env, ALLOW_SHARED_ADDRESS: 'true' };
  room = await startMailroom({ folder, env });
  byPassword = await connected(room, JANE);
  byGoogle = await connectByGoogle(room, gmail, JANE.email, 'u2');
  await upToDate(room, byGoogle);
  agents = {
    wide: await newAgent(room, { profile: 'wide' }),
    narrowed: await newAgent(room, { profile: 'narrowed', asks: { only: { labels: ['Open'] } } }),
  };
}, 60_000);
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});

const FIELDS = ['first_time_sender', 'lookalike', 'reply_to_mismatch'];
const told = (mail: Record<string, unknown>): object =>
  Object.fromEntries(FIELDS.flatMap((name) => (name in mail ? [[name, mail[name]]] : [])));
const FALSE_FRIEND = {
  first_time_sender: true,
  lookalike: { resembles: KNOWN, by: 'name' },
  reply_to_mismatch: 'collect@elsewhere.example',
};
const EXPECTED: Record<string, object> = {
  first: { first_time_sender: true },
  sent: {},
  ordinary: {},
  false: FALSE_FRIEND,
  'namesake of Jane': { first_time_sender: true, lookalike: { resembles: JANE.email, by: 'characters' } },
  forged: {},
  list: {},
};

describe('by either kind of account', () => {
  it.each(['App Password', 'Google'])('%s: a mail, a thread and lists say the same of each sender', async (kind) => {
    const account = kind === 'Google' ? byGoogle : byPassword;
    const get = async (path: string) => (await room.rest('GET', `/accounts/${account}${path}`)).body;
    const { messages } = await get('/messages?q=&limit=50');
    expect(messages).toHaveLength(Object.keys(EXPECTED).length);
    for (const [name, expected] of Object.entries(EXPECTED)) {
      const one = await get(`/messages/${ids[name]}`);
      const { messages: thread } = await get(`/threads/${ids[name]}`);
      const listed = messages.find((each: { message_id: string }) => each.message_id === ids[name]);
      const tool = await room.tool('gmail_read_message', { account_id: account, message_id: ids[name] });
      expect([one, thread[0], listed, tool].map(told), name).toEqual(Array(4).fill(expected));
    }
    const { messages: exchanged } = await room.tool('get_emails', { account_id: account, email: 'amy@evil.example' });
    expect(exchanged.map(told)).toEqual([FALSE_FRIEND]);
  });

  it('only the topmost Authentication-Results counts, and only Google’s', async () => {
    for (const account of [byPassword, byGoogle]) {
      const verdicts = async (name: string) =>
        (await room.tool('gmail_read_message', { account_id: account, message_id: ids[name] })).sender_verdicts;
      expect(await verdicts('false')).toEqual({ spf: 'pass', dkim: 'pass', dmarc: 'pass' });
      expect(await verdicts('forged')).toBeNull();
      expect(await verdicts('list')).toBeNull();
    }
  });
});

it('an agent finds it in both forms of an answer, in search and in resources', async () => {
  const { content, structuredContent } = await agents.wide.call('gmail_read_message', { message_id: ids.false });
  expect(told(structuredContent)).toEqual(FALSE_FRIEND);
  for (const line of ['first_time_sender: true', `resembles: ${KNOWN}`, 'reply_to_mismatch: collect@elsewhere.example'])
    expect(content[0].text).toContain(line);
  const { messages } = await agents.wide.tool('gmail_search', { query: 'subject:"False friend"' });
  expect(messages.map(told)).toEqual([FALSE_FRIEND]);
  const client = await agents.wide.client('2026-07-28');
  const { contents } = await client.readResource({ uri: `messages://${byPassword}/amy@evil.example` });
  expect(JSON.parse((contents[0] as { text: string }).text).messages.map(told)).toEqual([FALSE_FRIEND]);
  await client.close();
});

it('new inbox mail says it', async () => {
  const mail = letter('Again', { from: 'Amy Adams <amy@other-evil.example>' });
  gmail.user(JANE.email).deliver(mail);
  const fetched = await eventually(async () => {
    const { new_messages } = await room.tool('fetch_inbox', { account_id: byPassword });
    return new_messages.length > 0 && new_messages;
  });
  expect(fetched.map(told)).toEqual([{ first_time_sender: true, lookalike: { resembles: KNOWN, by: 'name' } }]);
});

it('a narrowed token is told of nobody whom it may not see, nor who is new to the mailbox', async () => {
  const read = async (name: string) => agents.narrowed.tool('gmail_read_message', { message_id: ids[name] });
  expect(told(await read('false'))).toEqual({ reply_to_mismatch: 'collect@elsewhere.example' });
  expect(told(await read('namesake of Jane'))).toEqual({ lookalike: { resembles: JANE.email, by: 'characters' } });
  const found = await agents.narrowed.call('gmail_search', { query: '' });
  expect(found.structuredContent.messages).toHaveLength(2);
  const { body } = await agents.narrowed.rest('GET', `/threads/${ids.false}`);
  expect(JSON.stringify([found, body])).not.toContain('canary');
});
