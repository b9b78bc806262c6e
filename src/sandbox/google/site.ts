// What every part of the Google side shares, and how an endpoint is described. Does nothing itself.
import type { Script } from '../script.ts';
import type { PretendUser } from '../user.ts';
import type { Client, Grants } from './grants.ts';
import type { Clock, GoogleSettings } from './settings.ts';
import type { SigningKey } from './signing-key.ts';
import type { Asked, Outcome } from './wire.ts';

export interface Site {
  readonly client: Client;
  readonly settings: GoogleSettings;
  readonly clock: Clock;
  readonly grants: Grants;
  readonly key: SigningKey;
  readonly script: Script;
  readonly users: () => readonly PretendUser[];
  readonly findUser: (email: string) => PretendUser | undefined;
}

/** One request, understood but not served yet. */
export interface Errand {
  /** `token.refresh`, `messages.get`: what faults and counts go by. */
  readonly operation: string;
  /** Whose mailbox or grant it is about; empty when nobody can tell. */
  readonly email: string;
  /** Quota units that it costs; 0 outside the Gmail API. */
  readonly units: number;
  readonly run: () => Outcome | Promise<Outcome>;
}

export interface Endpoint {
  readonly methods: readonly string[];
  readonly path: string;
  readonly read: (site: Site, asked: Asked) => Errand;
}
