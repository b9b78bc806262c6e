// Erases a user and prints what was removed, what is good no more, and what stays. Knows only the owner's public door.
import type { Config } from '../config.ts';
import { ownerOf } from './owner.ts';

interface Report {
  readonly removed: Readonly<Record<string, number>> & { readonly rows: Readonly<Record<string, number>> };
  readonly credentials: readonly {
    account_id: string | null;
    kind: string;
    revoked: boolean;
    by_hand: string | null;
  }[];
  readonly stays: readonly { what: string; until: string | null }[];
}

/** Status 0 with the report, also when nothing was known of the user. */
export async function userErase(config: Config, user: string): Promise<number> {
  const { caller, running } = await ownerOf(config, { idle: true });
  try {
    const { body } = await caller.rest('DELETE', `/users/${encodeURIComponent(user)}`);
    for (const line of told(body as unknown as Report)) process.stdout.write(`${line}\n`);
    return 0;
  } finally {
    await running?.stop();
  }
}

function* told({ removed, credentials, stays }: Report): Generator<string> {
  const { rows, mail_bytes, ...counts } = removed;
  yield 'Removed:';
  for (const [what, count] of Object.entries(counts)) yield `  ${String(count).padStart(8)}  ${what}`;
  yield `  ${String(mail_bytes).padStart(8)}  bytes of mail files`;
  for (const [table, count] of Object.entries(rows)) yield `  ${String(count).padStart(8)}  rows of ${table}`;
  if (credentials.length > 0) yield 'What opened the accounts:';
  for (const { account_id, kind, revoked, by_hand } of credentials)
    yield `  ${account_id ?? '(not yet an account)'}  ${kind}: ${revoked ? 'revoked' : `NOT revoked. ${by_hand}`}`;
  yield 'What stays:';
  for (const { what, until } of stays) yield `  ${what}${until === null ? '' : ` Until ${until.slice(0, 10)}.`}`;
}
