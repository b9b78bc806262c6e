// The id of a draft where the server gives it none: it follows from the Message-ID, and an edited draft's Message-ID from it. Pure.
import { createHash } from 'node:crypto';

const REVISION = /^(r-[\w-]{22})\.[\w-]{1,64}@/;

/** Of a draft's Message-ID, without angle brackets: `r-` and 22 characters, the same for every revision. */
export const draftIdOf = (messageIdHeader: string): string =>
  REVISION.exec(messageIdHeader)?.[1] ??
  `r-${createHash('sha256').update(messageIdHeader).digest('base64url').slice(0, 22)}`;

/**
 * A Message-ID for the next revision of a draft. Never the one of the revision before: Gmail takes a mail whose Message-ID
 * it holds for the same mail, and the new words would be lost.
 */
export const revisionOf = (draftId: string, unique: string, domain: string): string => `${draftId}.${unique}@${domain}`;
