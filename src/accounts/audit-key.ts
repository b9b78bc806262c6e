// The keys that chain the audit: random, sealed under the key ring like a credential, so that a new ring leaves the chain whole.
// What the vault tells of values that were moved gets a row here.
import { randomBytes } from 'node:crypto';
import type { ChainKey, KeyOf } from '../store/audit-chain.ts';
import type { AuditRows, SealedChain } from '../store/audit-rows.ts';
import type { Binding, Vault } from './vault.ts';

const bindingOf = (chain: number) => ({ table: 'audit_chains', rowId: String(chain), field: 'key' });

/** The key that writes; a new one when there is none, or when no key of the ring opens the last. `keyOf`: the earlier ones too. */
export async function auditKeys(vault: Vault, rows: AuditRows): Promise<ChainKey & { readonly keyOf: KeyOf }> {
  const keyOf = await chainKeys(vault, rows);
  const last = (await rows.chains()).at(-1)?.chain ?? 0;
  const known = keyOf(last);
  if (known) return { chain: last, key: known, keyOf };
  const key = randomBytes(32);
  const chain = last + 1;
  const { wrappedKey, sealed } = vault.seal(key.toString('base64url'), bindingOf(chain));
  await rows.addChain({ chain, wrapped_key: wrappedKey, sealed });
  return { chain, key, keyOf: (wanted) => (wanted === chain ? key : keyOf(wanted)) };
}

/** Null for one that no key of the ring opens. */
export async function chainKeys(vault: Vault, rows: AuditRows): Promise<KeyOf> {
  const keys = new Map((await rows.chains()).map((row) => [row.chain, openChain(vault, row)]));
  return (chain) => keys.get(chain) ?? null;
}

function openChain(vault: Vault, { chain, wrapped_key, sealed }: SealedChain): Buffer | null {
  try {
    return Buffer.from(vault.open({ wrappedKey: wrapped_key, sealed }, bindingOf(chain)), 'base64url');
  } catch {
    return null;
  }
}

/** Keeps a row of each sealed value that was changed, or moved from another row: once, however often it is tried. */
export function brokenSeals(rows: AuditRows, now: () => number): (row: Omit<Binding, 'field'>) => void {
  const told = new Set<string>();
  return ({ table, rowId }) => {
    const which = `${table} ${rowId}`;
    if (told.has(which)) return;
    told.add(which);
    rows.note({
      at: now(),
      caller: 'mailroom',
      profile_id: null,
      user_id: null,
      account_ids: table === 'credentials' ? rowId : '',
      called: `a seal in ${table} is broken`,
      outcome: 'unavailable',
      count: 0,
      message_ids: '',
      duration_ms: 0,
    });
  };
}
