// A source over the Gmail API of a pretend Gmail, without a person's consent and without Google's pace.
import type { GmailServer } from '../../src/backend/gmail/api.ts';
import { GmailLimits, type QuotaOptions } from '../../src/backend/gmail/quota.ts';
import { openGmailSource } from '../../src/backend/gmail/source.ts';
import type { AccessTokens, MailSource } from '../../src/backend/port.ts';
import { createLogger, type Logger } from '../../src/base/log.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { SYSTEM_CLOCK } from '../../src/sync/clock.ts';

export const PLENTY = 10_000_000;
export const TOPIC = 'projects/pretend-project/topics/gmail';

export interface GmailBed {
  readonly topic?: string | null;
  readonly limits?: GmailLimits;
  readonly logger?: Logger;
}

/** Limits that nobody meets, unless said otherwise. */
export const limitsOf = (options: Partial<QuotaOptions> = {}): GmailLimits =>
  new GmailLimits({ clock: SYSTEM_CLOCK, accountUnits: PLENTY, projectUnits: PLENTY, ...options });

export const gmailServer = (
  { google }: Pick<Sandbox, 'google'>,
  { topic = TOPIC, limits = limitsOf() }: GmailBed = {},
): GmailServer => ({ apiUrl: google.origin, topic, limits });

/** Tokens that the pretend Google gives without being asked. */
export function tokensOf({ google }: Pick<Sandbox, 'google'>, email: string): AccessTokens {
  let { accessToken } = google.allow(email);
  return {
    current: async () => accessToken,
    instead: async () => {
      accessToken = google.allow(email).accessToken;
      return accessToken;
    },
  };
}

export function openGmail(sandbox: Pick<Sandbox, 'google'>, email: string, bed: GmailBed = {}): MailSource {
  const logger = bed.logger ?? createLogger('silent');
  return openGmailSource(gmailServer(sandbox, bed), tokensOf(sandbox, email), { email, logger });
}
