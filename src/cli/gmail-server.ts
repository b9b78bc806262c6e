// Where the Gmail API is, with the limits that all accounts of this process share. Asks it nothing.
import type { GmailServer } from '../backend/gmail/api.ts';
import { GmailLimits } from '../backend/gmail/quota.ts';
import type { GoogleConfig } from '../config/google.ts';
import { SYSTEM_CLOCK } from '../sync/clock.ts';

/** `onSpent`: told of the quota units that a mailbox has used. */
export const gmailServer = (
  { apiUrl, pubsubTopic }: GoogleConfig,
  onSpent?: (email: string, units: number) => void,
): GmailServer => ({
  apiUrl,
  topic: pubsubTopic,
  limits: new GmailLimits({ clock: SYSTEM_CLOCK, ...(onSpent && { onSpent }) }),
});
