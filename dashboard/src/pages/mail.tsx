// Searching the mail in Gmail's language, and reading one as an agent and as a person sees it. What is looked at stands in the
// address, so that it can be gone back to.
import { useSearch as useAddress, useNavigate } from '@tanstack/react-router';
import { useAccounts } from '../api/accounts.ts';
import { useSearch } from '../api/mail.ts';
import { useMe } from '../api/me.ts';
import { Button } from '../parts/button.tsx';
import { Nothing, PageHead } from '../parts/card.tsx';
import { fieldClass } from '../parts/field.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Reading } from './mail/reading.tsx';
import { Results } from './mail/results.tsx';
import { SearchBox } from './mail/search-box.tsx';

interface MailAddress {
  readonly account?: string;
  readonly q?: string;
  readonly message?: string;
}

export function Mail() {
  const { data: me } = useMe();
  const accounts = useAccounts(me?.user_id);
  const address = useAddress({ strict: false }) as MailAddress;
  const navigate = useNavigate();
  const account = accounts.data?.find(({ email }) => email === address.account) ?? accounts.data?.[0];
  const found = useSearch(account?.account_id, address.q ?? '');
  const go = (changes: MailAddress): void =>
    void navigate({ to: '/mail', search: { ...address, ...changes } as Record<string, string> });
  if (accounts.isPending) return <Waiting />;
  if (!account)
    return (
      <>
        <PageHead title="Mail" />
        <Trouble error={accounts.error} />
        <Nothing title="No Gmail account is connected yet" />
      </>
    );
  const pages = found.data?.pages ?? [];
  return (
    <>
      <PageHead title="Mail">What your agents find, and what they are told of it.</PageHead>
      <div className="mb-4 flex flex-wrap gap-2">
        {(accounts.data?.length ?? 0) > 1 && (
          <select
            aria-label="Account"
            className={`${fieldClass} w-auto!`}
            value={account.email}
            onChange={({ target }) => go({ account: target.value, message: undefined })}
          >
            {accounts.data?.map(({ account_id, email }) => (
              <option key={account_id}>{email}</option>
            ))}
          </select>
        )}
        <SearchBox query={address.q ?? ''} busy={found.isFetching} onSearch={(q) => go({ q, message: undefined })} />
      </div>
      <Trouble error={found.error} />
      <div className="grid gap-6 xl:grid-cols-[minmax(20rem,2fr)_3fr]">
        <div className={`min-w-0 ${address.message ? 'max-xl:hidden' : ''}`}>
          <Results pages={pages} chosen={address.message} onChoose={(message) => go({ message })} />
          {found.hasNextPage && (
            <Button className="mt-3 w-full" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              Older
            </Button>
          )}
        </div>
        {address.message && (
          <div className="min-w-0">
            <Button look="quiet" className="mb-2 xl:hidden" onClick={() => go({ message: undefined })}>
              Back to the list
            </Button>
            <Reading key={address.message} accountId={account.account_id} messageId={address.message} />
          </div>
        )}
      </div>
    </>
  );
}
