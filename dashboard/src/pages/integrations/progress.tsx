// How far the first copy of an account's mail is.
import { isSyncing } from '../../api/accounts.ts';
import type { Account } from '../../api/shapes.ts';
import { number } from '../../parts/amount.ts';
import { lasting } from '../../parts/when.tsx';

export function Progress({ account }: { readonly account: Account }) {
  const { done, total, per_second, eta_seconds } = account.sync;
  if (!isSyncing(account)) return null;
  const told = [
    total > 0 ? `${number(done)} of ${number(total)} mails` : 'Counting the mail …',
    per_second > 0 && `${number(Math.round(per_second))} a second`,
    eta_seconds !== null && eta_seconds > 0 && `about ${lasting(eta_seconds)} to go`,
  ].filter(Boolean);
  return (
    <div className="mt-4">
      <progress
        aria-label={`Mail of ${account.email} that is here`}
        className="h-2.5 w-full accent-accent"
        max={Math.max(total, 1)}
        value={total > 0 ? done : undefined}
      />
      <p className="mt-1 text-sm text-soft">{told.join(' · ')}</p>
    </div>
  );
}
