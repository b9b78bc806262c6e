// What a reader is to know of who wrote a mail: a stranger, one who passes for another, answers that go elsewhere. Only what the
// account's own mail tells.
import { z } from 'zod';
import type { Address, SenderVerdicts } from '../mail/message.ts';
import { isListAnswer, isNobody, strangeReplyTo } from '../mail/reply-to.ts';
import type { AccountRow } from '../store/control.ts';
import type { MailboxReader, Summary } from '../store/mailbox-reader.ts';
import { type Context, sightIn } from './context.ts';
import { showAddress } from './shapes.ts';

/** Left out where there is nothing to say. */
export const senderShape = {
  first_time_sender: z.boolean().optional(),
  lookalike: z.object({ resembles: z.string(), by: z.enum(['name', 'characters', 'domain']) }).optional(),
  reply_to_mismatch: z.string().optional(),
};
export interface SenderFields {
  readonly first_time_sender?: true;
  readonly lookalike?: { readonly resembles: string; readonly by: 'name' | 'characters' | 'domain' };
  readonly reply_to_mismatch?: string;
}

/** The address of a service under which this many people have written is known to write for others. */
const NAMES_OF_A_SERVICE = 3;

/** A mail as far as its sender is judged. Of a row of a list the rest is asked for where it matters. */
type Judged = Summary & { readonly replyTo?: readonly Address[]; readonly verdicts?: SenderVerdicts | null };

/**
 * Judges the senders of one mailbox's mails. One who sees a part of it is told neither whom else the owner knows nor who is
 * new to all of it: he is told of those only who pass for the owner himself.
 */
export function senderJudge(ctx: Context, account: AccountRow, mailbox: MailboxReader): (mail: Judged) => SenderFields {
  const isNarrowed = sightIn(ctx.session) !== null;
  // While older mail is missing nobody can be said to be new.
  const isWhole = !isNarrowed && ctx.sync.report(account.id).complete;
  const { senders } = mailbox;
  const own = account.email;
  const acquaintances = senders.acquaintances(own, isNarrowed);

  const lookalike = ({ key, from }: Judged): SenderFields => {
    const found = acquaintances.resembled(from, key);
    if (!found || (!isNarrowed && senders.hasAnswered(from.address, key))) return {};
    const { whom, by } = found;
    if (by === 'name' && !isNarrowed && isFamiliar(from, key)) return {};
    return { lookalike: { resembles: showAddress(whom), by } };
  };
  /** A namesake who has been writing for long, or a service that writes in the name of many. */
  const isFamiliar = ({ address }: Address, key: bigint): boolean =>
    senders.isEstablished(address, key) || (isNobody(address) && senders.names(address, key) >= NAMES_OF_A_SERVICE);
  const replyTo = (mail: Judged): SenderFields => {
    const { key, from } = mail;
    const strange = strangeReplyTo(from, mail.replyTo ?? senders.replyTo(key), own);
    if (strange === null) return {};
    if (isNobody(from.address) && !isNarrowed && senders.hasAnswered(strange, key)) return {};
    const verdicts = mail.verdicts === undefined ? senders.verdicts(key) : mail.verdicts;
    if (isListAnswer(from, strange, verdicts, mailbox.headerBlock(key))) return {};
    return { reply_to_mismatch: strange };
  };
  return (mail) => {
    const { from, outgoing, labels, key } = mail;
    if (!from.address || outgoing || from.address === own || labels.includes('DRAFT')) return {};
    return {
      ...(isWhole && senders.isFirst(from.address, key) && { first_time_sender: true }),
      ...lookalike(mail),
      ...replyTo(mail),
    };
  };
}
