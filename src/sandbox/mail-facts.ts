// What a mail says, decoded once for searching. Knows no query.
import PostalMime, { type Address } from 'postal-mime';
import type { Mail } from './mail.ts';

export interface MailFacts {
  /** Lower-case header name → decoded values, one string. */
  readonly headers: ReadonlyMap<string, string>;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
  readonly subject: string;
  readonly body: string;
  readonly messageId: string;
  /** Names of the parts that are attachments and not inline pictures. */
  readonly attachments: readonly string[];
}

const known = new WeakMap<Mail, Promise<MailFacts>>();

/** The mail decoded; a mail that cannot be parsed says nothing. */
export function factsOf(mail: Mail): Promise<MailFacts> {
  let facts = known.get(mail);
  if (!facts) {
    facts = readFacts(mail.raw).catch(() => NO_FACTS);
    known.set(mail, facts);
  }
  return facts;
}

/** Of a mail that nobody has looked into. */
export const NO_FACTS: MailFacts = {
  headers: new Map(),
  from: '',
  to: '',
  cc: '',
  bcc: '',
  subject: '',
  body: '',
  messageId: '',
  attachments: [],
};

async function readFacts(raw: Buffer): Promise<MailFacts> {
  const mail = await PostalMime.parse(raw);
  const headers = new Map<string, string>();
  for (const { key, value } of mail.headers) headers.set(key, [headers.get(key), value].filter(Boolean).join('\n'));
  return {
    headers,
    from: addressText(mail.from ? [mail.from] : []),
    to: addressText(mail.to),
    cc: addressText(mail.cc),
    bcc: addressText(mail.bcc),
    subject: mail.subject ?? '',
    body: mail.text ?? (mail.html ?? '').replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '),
    messageId: (mail.messageId ?? '').replace(/^<|>$/g, ''),
    attachments: mail.attachments
      .filter((part) => part.disposition === 'attachment' || !part.contentId)
      .map((part) => part.filename ?? ''),
  };
}

function addressText(addresses: readonly Address[] | undefined): string {
  return (addresses ?? [])
    .flatMap((entry) => (entry.group ? entry.group : [entry]))
    .map((entry) => `${entry.name} ${entry.address}`)
    .join(', ');
}
