// Hands composed mails to the Gmail API for one account, each at most once. Knows no store and no draft.
import { z } from 'zod';
import { AppError, invalidInput } from '../../base/errors.ts';
import { sentByHeader } from '../../mail/by-header.ts';
import type { AccessTokens, MailSender, OutgoingMail, SendOutcome } from '../port.ts';
import { GmailApi, type GmailServer, type Outcome } from './api.ts';
import { carrying, isLarge } from './upload.ts';

const id = z.string().regex(/^[\w-]{1,64}$/);
export const sentMessage = z.object({ id, threadId: id });

/** The sender of one account; goes to no network before the first mail. */
export function openGmailSender(server: GmailServer, tokens: AccessTokens, email: string): MailSender {
  return new GmailSender(new GmailApi(server, tokens, email), tokens);
}

class GmailSender implements MailSender {
  readonly #api: GmailApi;
  readonly #tokens: AccessTokens;
  #end = new AbortController();

  constructor(api: GmailApi, tokens: AccessTokens) {
    this.#api = api;
    this.#tokens = tokens;
  }

  async send(mail: OutgoingMail, beforeEnd: () => Promise<void>): Promise<SendOutcome> {
    this.#end = new AbortController();
    const { signal } = this.#end;
    const raw = sentByHeader(mail.raw, mail.recipients, mail.messageIdHeader);
    if (!raw) return refused(new AppError('internal', 'The header of a mail does not name whom it is for.'));
    try {
      // At hand before the mail counts as leaving: a grant that is gone must not leave it in doubt.
      await untilAborted(this.#tokens.current(), signal);
    } catch (error) {
      const fault = asAppError(error);
      return { ...refused(fault), temporary: fault.code !== 'account_rejected', forAll: true };
    }
    try {
      await untilAborted(beforeEnd(), signal);
    } catch (error) {
      return { ...refused(asAppError(error)), temporary: true };
    }
    const outcome = await this.#inThread(raw, mail.threadId, !isLarge(raw), signal);
    // Nothing was sent: a server that stands in for Google may have no place to upload to.
    return outcomeOf(
      isNotThere(outcome) && isLarge(raw) ? await this.#inThread(raw, mail.threadId, true, signal) : outcome,
    );
  }

  async close(): Promise<void> {
    this.#end.abort();
  }

  /** A thread that a person has deleted: nothing was sent, and the answer is a mail of its own. */
  async #inThread(raw: Buffer, threadId: string | null, inside: boolean, signal: AbortSignal): Promise<Handed> {
    const first = await this.#hand(raw, threadId, inside, signal);
    return isNotThere(first) && threadId !== null ? this.#hand(raw, null, inside, signal) : first;
  }

  #hand(raw: Buffer, threadId: string | null, inside: boolean, signal: AbortSignal): Promise<Handed> {
    return this.#api.once(sentMessage, {
      method: 'POST',
      ...carrying('messages/send', raw, threadId, (message) => message, inside),
      as: 'messages.send',
      scope: 'gmail.send',
      signal,
    });
  }
}

type Handed = Outcome<z.output<typeof sentMessage>>;

const isNotThere = (outcome: Handed): boolean => outcome.kind === 'refused' && outcome.error.code === 'not_found';

function outcomeOf(outcome: Handed): SendOutcome {
  switch (outcome.kind) {
    case 'done': {
      const { value } = outcome;
      if (!value) return { kind: 'accepted', refused: [] };
      return { kind: 'accepted', refused: [], ids: { messageId: value.id, threadId: value.threadId } };
    }
    case 'unknown':
      return outcome;
    case 'refused': {
      const { error, temporary, forAll } = outcome;
      // Something else was written at the same moment (RFC 9110 section 15.5.10); this mail was not.
      const passes = temporary || error.code === 'conflict';
      return { kind: 'refused', error: exactly(error), temporary: passes, forAll, refused: [] };
    }
  }
}

/** Google's words name the field at fault; ours do not hold them. */
function exactly(error: AppError): AppError {
  if (error.code !== 'invalid_input') return error;
  const text = error.cause instanceof Error ? error.cause.message : '';
  const [, field] = /invalid (to|cc|bcc|from) header/i.exec(text) ?? [];
  if (field)
    return invalidInput(
      field.toLowerCase(),
      `Not sent: Gmail does not take an address in ${field.toLowerCase()}.`,
      'Check the addresses, then send it anew.',
    );
  if (/recipient address required/i.test(text))
    return invalidInput('to', 'Not sent: Gmail found nobody to send it to.');
  return new AppError('invalid_input', 'Not sent: Gmail does not accept this mail.', { cause: error.cause });
}

const refused = (error: AppError) => ({
  kind: 'refused' as const,
  error,
  temporary: false,
  forAll: false,
  refused: [],
});

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('unavailable', 'The mail could not be marked as leaving, so it was not sent.', { cause: error });
}

/** What is waited for, unless nobody wants to wait any longer. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: cut, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(new AppError('unavailable', 'The sender was closed before the mail left.'));
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, cut]);
  } finally {
    signal.removeEventListener('abort', abort);
    cut.catch(() => undefined);
    work.catch(() => undefined);
  }
}
