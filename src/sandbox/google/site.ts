// What every part of the Google side shares, and how an endpoint is described. Does nothing itself.
import type { Mail } from '../mail.ts';
import type { Script } from '../script.ts';
import type { Filing, Submission } from '../submission.ts';
import type { PretendUser } from '../user.ts';
import type { Client, Grants } from './grants.ts';
import type { Push } from './push.ts';
import type { Quota } from './quota.ts';
import type { GoogleRequest } from './request-log.ts';
import type { Clock, GoogleSettings } from './settings.ts';
import type { SigningKey } from './signing-key.ts';
import type { Asked, Outcome } from './wire.ts';

export interface Site {
  readonly client: Client;
  readonly settings: GoogleSettings;
  readonly clock: Clock;
  readonly grants: Grants;
  readonly key: SigningKey;
  readonly quota: Quota;
  readonly push: Push;
  readonly script: Script;
  readonly users: () => readonly PretendUser[];
  readonly findUser: (email: string) => PretendUser | undefined;
  /** Takes a mail for its sender and files its copies; the one in Sent. */
  readonly submit: (sender: PretendUser, submission: Submission, filing: Filing) => Mail;
}

/** One request, understood but not served yet. */
export interface Errand {
  /** `token.refresh`, `messages.get`: what faults and counts go by. */
  readonly operation: string;
  /** Whose mailbox or grant it is about; empty when nobody can tell. */
  readonly email: string;
  /** Notes in `entry` what it was charged. `crowded`: this person has too many requests running. */
  readonly run: (entry: GoogleRequest, crowded: boolean) => Outcome | Promise<Outcome>;
}

export interface Endpoint {
  readonly methods: readonly string[];
  readonly path: string;
  readonly read: (site: Site, asked: Asked) => Errand;
}
