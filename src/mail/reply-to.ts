// Whether answers to a mail go to somebody else than whom it comes from. Pure.
import { firstOf, readFields } from './header.ts';
import type { Address, SenderVerdicts } from './message.ts';
import { domainIn, organisationOf } from './organisation.ts';

const NOBODY =
  /(?:^|[-_.+])(?:(?:do|please)?[-_.]?no[tn]?|keine?|ne)[-_.]?(?:reply|respond|responder|antwort(?:en)?|repondre)(?:[-_.+\d]|$)|^(?:notifications?|notify|mailer[-_.]?daemon)(?:[-_.+\d]|$)/;

/** A program writes from there, often in the name of many people. */
export const isNobody = (address: string): boolean => NOBODY.test(address.replace(/@[^@]*$/, ''));

/** The first address of Reply-To that is neither of From's organisation nor the owner's; null when there is none. */
export function strangeReplyTo(from: Address, replyTo: readonly Address[], ownAddress: string): string | null {
  const organisation = organisationOf(domainIn(from.address));
  if (!organisation) return null;
  const strange = replyTo.find(
    ({ address }) => address !== '' && address !== ownAddress && organisationOf(domainIn(address)) !== organisation,
  );
  return strange?.address ?? null;
}

/**
 * A mailing list sends answers elsewhere as a rule: to itself, or, where it has put its own address into From, to who wrote.
 * List-Id (RFC 2919) is the sender's word, so it is believed only of a mail that came from the list's own servers, as Gmail's
 * Return-Path has it, or under the list's own From.
 */
export function isListAnswer(
  from: Address,
  replyTo: string,
  verdicts: SenderVerdicts | null,
  headerBlock: string,
): boolean {
  if (verdicts?.dmarc === 'fail') return false;
  const { fields } = readFields(headerBlock);
  const id = /<([^<>\s@]{1,255})>/.exec(firstOf(fields, 'list-id').slice(0, 2000))?.[1];
  if (!id) return false;
  const list = organisationOf(id.toLowerCase());
  const of = (address: string): string => organisationOf(domainIn(address.toLowerCase()));
  if (of(from.address) === list) return true;
  const path = /<([^<>\s]{1,320})>/.exec(firstOf(fields, 'return-path').slice(0, 2000))?.[1] ?? '';
  return of(replyTo) === list && of(path) === list;
}
