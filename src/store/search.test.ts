// What a search finds, in which order, and by which way through the tables.
import { describe, expect, it } from 'vitest';
import type { TestMail } from '../../test/support/indexed-mailbox.ts';
import { OWN_ADDRESS as ME, NOW, SearchedMailbox } from '../../test/support/searched-mailbox.ts';

const DAY = 86_400_000;

const OFFICE: readonly TestMail[] = [
  {
    id: 'oldest',
    dateMs: NOW - 400 * DAY,
    from: 'Amy Adams <amy@corp.example>',
    to: [ME],
    subject: 'Dinner on Friday',
    body: 'Shall we have dinner?',
    labels: ['INBOX'],
    messageIdHeader: 'dinner@corp.example',
  },
  {
    id: 'reply',
    dateMs: NOW - 399 * DAY,
    from: `Me <${ME}>`,
    to: ['Amy Adams <amy@corp.example>'],
    bcc: ['secret@corp.example'],
    subject: 'Re: Dinner on Friday',
    body: 'Great, friday it is. Build 1.25 is out.',
    labels: ['SENT'],
  },
  {
    id: 'report',
    dateMs: NOW - 30 * DAY,
    from: 'Boss <boss@corp.example>',
    to: ['Team <team@corp.example>'],
    cc: [ME],
    subject: 'Résumé of the Quarter',
    body: 'See the file.',
    files: ['report-Q3.pdf'],
    sizeBytes: 2_000_000,
    labels: ['INBOX', 'UNREAD', 'IMPORTANT'],
    userLabels: ['Work/Urgent'],
  },
  {
    id: 'list',
    dateMs: NOW - 2 * DAY,
    from: 'Dev <dev@lists.example>',
    to: ['dev@lists.example'],
    deliveredTo: ['me+dev@example.com'],
    list: 'dev.lists.example',
    subject: '会議室について',
    body: 'dinner',
    inlineFiles: ['logo.png'],
    labels: ['UNREAD', 'STARRED'],
    userLabels: ['Lists'],
  },
  {
    id: 'spam',
    dateMs: NOW - DAY,
    from: 'Win <win@bad.example>',
    to: [ME],
    subject: 'Free dinner',
    labels: ['SPAM', 'UNREAD'],
  },
  {
    id: 'trash',
    dateMs: NOW - 3600_000,
    from: 'Amy Adams <amy@corp.example>',
    to: [ME],
    subject: 'Old dinner',
    labels: ['TRASH'],
  },
  { id: 'draft', dateMs: NOW, from: `Me <${ME}>`, subject: 'Unfinished', labels: ['DRAFT'] },
];

describe('a search of the office', () => {
  const office = new SearchedMailbox(OFFICE);

  it.each<[query: string, ids: string]>([
    ['', 'draft list report reply oldest'],
    ['dinner', 'list reply oldest'],
    ['DINNER friday', 'reply oldest'],
    ['"friday dinner"', ''],
    ['"dinner on friday"', 'reply oldest'],
    ['din', ''],
    ['resume', 'report'],
    ['1.25', 'reply'],
    ['25', ''],
    ['会議室', 'list'],
    ['会議', 'list'],
    ['議会', ''],
    ['from:amy', 'oldest'],
    ['from:amy@corp.example', 'oldest'],
    ['from:corp.example', 'report oldest'],
    ['from:me', 'draft reply'],
    ['to:me', 'report oldest'],
    ['to:me -cc:me', 'oldest'],
    ['to:secret', 'reply'],
    ['bcc:secret', 'reply'],
    ['cc:secret', ''],
    ['from:"adams amy"', ''],
    ['deliveredto:me+dev@example.com', 'list'],
    ['me+dev@example.com', ''],
    ['list:dev@lists.example', 'list'],
    ['subject:dinner', 'reply oldest'],
    ['filename:pdf', 'report'],
    ['filename:report-Q3.pdf', 'report'],
    ['logo.png', 'list'],
    ['has:attachment', 'report'],
    ['-has:attachment is:unread', 'list'],
    ['dinner -friday', 'list'],
    ['-dinner', 'draft report'],
    ['-dinner -file', 'draft'],
    ['in:inbox -dinner', 'report'],
    ['is:unread -dinner', 'report'],
    ['is:unread', 'list report'],
    ['is:read', 'draft reply oldest'],
    ['is:starred OR filename:pdf', 'list report'],
    ['is:starred OR -dinner', 'draft list report'],
    ['{from:boss is:starred in:sent} -is:starred', 'report reply'],
    ['is:important', 'report'],
    ['in:sent', 'reply'],
    ['in:draft', 'draft'],
    ['in:archive', 'list'],
    ['in:inbox', 'report oldest'],
    ['-in:inbox', 'draft list reply'],
    ['has:userlabels', 'list report'],
    ['has:nouserlabels', 'draft reply oldest'],
    ['label:work-urgent', 'report'],
    ['label:Work/Urgent', 'report'],
    ['label:work', ''],
    ['label:nowhere', ''],
    ['-label:nowhere filename:pdf', 'report'],
    ['label:nowhere OR filename:pdf', 'report'],
    ['is:muted', ''],
    ['in:spam', 'spam'],
    ['in:trash', 'trash'],
    ['-in:spam dinner', 'list reply oldest'],
    ['in:anywhere dinner', 'trash spam list reply oldest'],
    ['-in:anywhere', ''],
    ['in:spam OR in:inbox', 'spam report oldest'],
    ['larger:1M', 'report'],
    ['smaller:2M', 'draft list reply oldest'],
    ['larger:2000000', 'report'],
    ['smaller:2000000 larger:2M', ''],
    ['larger:1M OR is:starred', 'list report'],
    ['rfc822msgid:<dinner@corp.example>', 'oldest'],
    ['rfc822msgid:dinner@corp.example OR is:starred', 'list oldest'],
    ['-rfc822msgid:dinner@corp.example dinner', 'list reply'],
    ['rfc822msgid:nowhere@corp.example', ''],
    ['after:2026/06/13', 'draft list'],
    ['after:2026/06/14', 'draft'],
    ['before:2026/06/13', 'report reply oldest'],
    ['newer_than:60d dinner', 'list'],
    ['older_than:1y -in:sent', 'oldest'],
    ['dinner (after:2026/01/01 OR in:sent)', 'list reply'],
    ['dinner -after:2026/01/01', 'reply oldest'],
    [`after:${NOW / 1000} before:${NOW / 1000 + 1}`, 'draft'],
    ['(dinner in:inbox) OR (resume is:unread) OR larger:5M', 'report oldest'],
  ])('for %j finds %s', (query, ids) => {
    expect(office.find(query).join(' ')).toBe(ids);
  });

  it('takes `me` for a word when no own address is known', () => {
    expect(office.find('from:me', { ownAddresses: [] })).toEqual(['draft', 'reply']);
    expect(office.find('to:me', { ownAddresses: ['boss@corp.example', 'team@corp.example'] })).toEqual(['report']);
  });

  it('goes on before a key, and ends', () => {
    expect(office.pages('', 2)).toEqual(['draft', 'list', 'report', 'reply', 'oldest']);
    expect(office.pages('dinner', 1)).toEqual(['list', 'reply', 'oldest']);
  });

  it('answers nothing when nothing is asked for', () => {
    expect(office.find('dinner', { limit: 0 })).toEqual([]);
  });

  it('does not begin when its signal was aborted', () => {
    expect(() => office.find('dinner', { signal: AbortSignal.abort() })).toThrow('aborted');
  });

  it('survives as many terms and brackets as the language allows', () => {
    for (const term of ['dinner', '-nowhere', 'in:inbox', '-in:spam', 'larger:5', '(dinner OR in:inbox)', 'after:2020'])
      expect(office.find(`${term} `.repeat(256)), term).toContain('oldest');
    for (const term of ['dinner', '-nowhere', 'in:inbox', 'larger:5', '(dinner in:inbox)', '(dinner -nowhere)'])
      expect(office.find(Array(256).fill(term).join(' OR ')), term).toContain('oldest');
    for (const nest of ['(dinner X)', '{nowhere X}', '(dinner -{nowhere (friday -X)})', '{in:sent (in:inbox X)}'])
      expect(() =>
        office.find(
          Array(60)
            .fill(nest)
            .reduce((so, one) => one.replace('X', so), 'dinner'),
        ),
      ).not.toThrow();
  });
});

describe('the way through the tables', () => {
  const busy = new SearchedMailbox(
    Array.from({ length: 1_200 }, (_, i) => ({
      id: `m${i}`,
      dateMs: NOW - i * 1000,
      from: 'amy@corp.example',
      subject: i % 100 === 0 ? 'common seldom' : 'common',
      labels: i % 400 === 0 ? ['INBOX', 'STARRED'] : ['INBOX'],
      sizeBytes: i % 400 === 0 ? 1_000_000 : 1000,
      userLabels: i === 7 ? ['Rare'] : [],
    })),
  );

  it.each<[query: string, first: RegExp]>([
    ['', /^SEARCH m USING INTEGER PRIMARY KEY \(rowid<\?\)/],
    ['common', /^SCAN fts VIRTUAL TABLE INDEX \d+:M9<$/m],
    ['common from:amy', /^SCAN fts VIRTUAL TABLE INDEX \d+:M9<$/m],
    ['common after:2020 before:2030', /^SCAN fts VIRTUAL TABLE INDEX \d+:M9><$/m],
    ['common in:inbox', /^SCAN fts VIRTUAL TABLE INDEX \d+:M9<$/m],
    ['seldom in:inbox', /^SCAN fts VIRTUAL TABLE INDEX \d+:M9<$/m],
    ['common (seldom OR is:unread)', /^SCAN fts VIRTUAL TABLE INDEX \d+:M9<$/m],
    ['common label:rare', /^SEARCH l USING PRIMARY KEY \(label=\? AND message<\?\)/],
    ['in:inbox', /^SEARCH l USING PRIMARY KEY \(label=\? AND message<\?\)/],
    ['in:inbox -common', /^MERGE \(EXCEPT\)\nLEFT\nSEARCH l USING PRIMARY KEY/],
    ['-common', /^SCAN fts VIRTUAL TABLE INDEX \d+:M9<$/m],
    ['seldom OR label:rare', /^MERGE \(UNION\)\nLEFT\nSCAN fts VIRTUAL TABLE INDEX \d+:M9</],
    ['in:inbox (seldom OR label:rare)', /^MERGE \(UNION\)\nLEFT\nSCAN fts VIRTUAL TABLE INDEX \d+:M9</],
    ['rfc822msgid:a@b', /^SEARCH m USING INDEX messages_message_id_header/],
    ['larger:10', /^SEARCH m USING INTEGER PRIMARY KEY \(rowid<\?\)/],
    ['has:attachment', /^SEARCH m USING INDEX messages_attachments \(key<\?\)/],
    ['has:document', /^SEARCH m USING INDEX messages_links \(key<\?\)/],
    ['from:me', /^SEARCH a USING COVERING INDEX participants_role \(address=\? AND role=\? AND message<\?\)/],
    ['cc:me common', /^SEARCH a USING COVERING INDEX participants_role \(address=\? AND role=\? AND message<\?\)/],
    [
      'to:me',
      /^MERGE \(UNION\)\nLEFT\nMERGE \(UNION\)\nLEFT\nSEARCH a USING PRIMARY KEY \(address=\? AND message<\?\)/,
    ],
  ])('for %j reads in order of time and never sorts', (query, first) => {
    const plan = busy.plan(query);
    expect(plan).toMatch(first);
    expect(plan).not.toMatch(/TEMP B-TREE|SCAN [a-eg-oq-z]/);
  });

  it('sorts only what a rare size finds', () => {
    expect(busy.plan('larger:1M')).toBe(
      'SEARCH m USING INDEX messages_size (size_bytes>?)\nUSE TEMP B-TREE FOR ORDER BY',
    );
    expect(busy.find('larger:1M')).toEqual(['m0', 'm400', 'm800']);
  });

  it('gives the same mails page by page, whichever way it goes', () => {
    expect(busy.pages('common', 500)).toHaveLength(1_200);
    expect(busy.pages('common label:rare', 1)).toEqual(['m7']);
    expect(busy.pages('is:starred OR label:rare', 2)).toEqual(['m0', 'm7', 'm400', 'm800']);
    expect(busy.pages('in:inbox -common', 2)).toEqual([]);
    expect(busy.pages('in:inbox (seldom OR label:rare)', 4)).toHaveLength(13);
  });
});
