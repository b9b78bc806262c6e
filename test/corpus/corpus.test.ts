// Tricky mails, each against what a person says of it who read its bytes. A mail without truth fails, and truth without mail.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Address, Message } from '../../src/mail/message.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { CHARSETS } from './charsets.ts';
import { HEADERS } from './headers.ts';
import { STRUCTURES } from './structures.ts';
import type { Truth } from './truth.ts';

const truths = new Map([CHARSETS, HEADERS, STRUCTURES].flatMap((family) => Object.entries(family)));
const mails = readdirSync(import.meta.dirname).flatMap((file) => (file.endsWith('.eml') ? [file.slice(0, -4)] : []));
const bytesOf = (mail: string): Buffer => readFileSync(`${import.meta.dirname}/${mail}.eml`);

const people = (list: readonly Address[]): string[] =>
  list.map(({ name, address }) => (name === '' ? `<${address}>` : `${name} <${address}>`));

function inShort(message: Message): Truth {
  const { verdicts } = message;
  return {
    subject: message.subject,
    from: people(message.from),
    to: people(message.to),
    cc: people([...message.cc, ...message.bcc, ...message.replyTo]),
    messageId: message.messageIdHeader,
    references: message.references,
    date: message.dateHeaderMs === null ? null : new Date(message.dateHeaderMs).toISOString(),
    listId: message.listId,
    deliveredTo: message.deliveredTo,
    text: message.text,
    html: message.html !== null,
    hidden: message.hiddenRemoved,
    attachments: message.attachments.map(({ partId, contentType, sizeBytes, filename, inline }) =>
      [partId, contentType, sizeBytes, filename, ...(inline ? ['shown in the text'] : [])].join(' · '),
    ),
    verdicts: verdicts && [verdicts.spf, verdicts.dkim, verdicts.dmarc].join(' '),
    notes: message.notes,
  };
}

it('has a truth for every mail and a mail for every truth', () => {
  expect(mails.toSorted()).toEqual([...truths.keys()].toSorted());
});

it.each(mails)('reads %s', async (mail) => {
  expect(inShort(await parseMessage(bytesOf(mail), { parts: [], partial: false }))).toEqual(truths.get(mail));
});
