// What came of connecting, when the browser comes back from it.
import type { Account } from '../../api/shapes.ts';

const WORDS: Readonly<Record<string, string>> = {
  declined: 'Nothing was connected: you said no.',
  failed: 'Nothing was connected. Try again.',
};

export function Returned({ accounts }: { readonly accounts: readonly Account[] }) {
  const search = new URLSearchParams(location.search);
  const status = search.get('status');
  const account = accounts.find(({ account_id }) => account_id === search.get('account_id'));
  if (status === 'connected' && account)
    return (
      <p role="status" className="rounded-lg bg-good-tint px-4 py-3">
        {account.email} is connected. Its mail is on its way.
      </p>
    );
  const words = status === null ? undefined : WORDS[status];
  return words ? (
    <p role="status" className="rounded-lg bg-warn-tint px-4 py-3">
      {words}
    </p>
  ) : null;
}
