// What came of connecting, when the browser comes back from it.
import type { Account } from '../../api/shapes.ts';
import { Notice } from '../../parts/notice.tsx';

const WORDS: Readonly<Record<string, string>> = {
  declined: 'Nothing was connected: you said no.',
  failed: 'Nothing was connected. Try again.',
};

export function Returned({ accounts }: { readonly accounts: readonly Account[] }) {
  const search = new URLSearchParams(location.search);
  const status = search.get('status');
  const account = accounts.find(({ account_id }) => account_id === search.get('account_id'));
  if (status === 'connected' && account)
    return account.status !== 'active' || account.last_error ? null : (
      <Notice tone="good" role="status">
        {account.email} is connected.{' '}
        {account.sync.state === 'up_to_date' ? 'Its mail is here.' : 'Its mail is on its way.'}
      </Notice>
    );
  const words = status === null ? undefined : WORDS[status];
  return words ? (
    <Notice tone="warn" role="status">
      {words}
    </Notice>
  ) : null;
}
