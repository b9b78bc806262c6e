// Searching the mail in Gmail's language, and reading one as an agent and as a person sees it. What is looked at stands in the
// address, so that it can be gone back to.
import { useSearch as useAddress, useNavigate } from '@tanstack/react-router';
import { useLayoutEffect, useRef, useState } from 'react';
import { useAccounts } from '../api/accounts.ts';
import { addressOf } from '../api/call.ts';
import { useSearch } from '../api/mail.ts';
import { useMe } from '../api/me.ts';
import { Button, buttonClass } from '../parts/button.tsx';
import { Nothing, PageHead } from '../parts/card.tsx';
import { fieldClass } from '../parts/field.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Reading } from './mail/reading.tsx';
import { hitId, Results } from './mail/results.tsx';
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
  const isElsewhere = address.account && !accounts.data?.some(({ email }) => email === address.account);
  const account = accounts.data?.find(({ email }) => email === address.account) ?? accounts.data?.[0];
  const found = useSearch(isElsewhere ? undefined : account?.account_id, address.q ?? '');
  const [hasMoved, setHasMoved] = useState(false);
  const go = (changes: MailAddress): void => {
    setHasMoved(true);
    void navigate({
      to: '/mail',
      search: { ...address, ...changes } as Record<string, string>,
      // The list keeps its place; what is opened begins at its top by itself.
      resetScroll: false,
    });
  };
  const { message } = address;
  const remember = useListPlace(message);
  const pages = found.data?.pages ?? [];
  const ids = pages.flatMap(({ messages }) => messages.map(({ message_id }) => message_id));
  const at = message === undefined ? -1 : ids.indexOf(message);
  return (
    <>
      <PageHead title="Mail">What your agents find, and what they are told of it.</PageHead>
      <Trouble error={accounts.error} />
      {accounts.isPending && <Waiting />}
      {accounts.data?.length === 0 && (
        <Nothing title="No Gmail account is connected yet">
          <p className="mt-3">
            <a href={addressOf('settings/integrations')} className={buttonClass('first')}>
              Connect Gmail
            </a>
          </p>
        </Nothing>
      )}
      {account && (
        <div className="mb-4 flex flex-wrap gap-2">
          {((accounts.data?.length ?? 0) > 1 || isElsewhere) && (
            <select
              aria-label="Account"
              className={`${fieldClass} sm:w-auto!`}
              value={isElsewhere ? '' : account.email}
              onChange={({ target }) => go({ account: target.value, message: undefined })}
            >
              {isElsewhere && <option value="">Choose an account</option>}
              {accounts.data?.map(({ account_id, email }) => (
                <option key={account_id}>{email}</option>
              ))}
            </select>
          )}
          <SearchBox
            query={address.q ?? ''}
            busy={found.isLoading || found.isPlaceholderData}
            onSearch={(q) => go({ q, message: undefined })}
          />
        </div>
      )}
      {account && isElsewhere && (
        <Nothing title={`You have no account ${address.account}`}>
          It was disconnected, or it is somebody else’s, or the address is mistyped. Choose one above.
        </Nothing>
      )}
      {account && !isElsewhere && (
        <>
          <Trouble error={found.error} />
          <div hidden={message !== undefined}>
            {found.isPending && !found.error && <Waiting />}
            <Results
              pages={pages}
              onChoose={(chosen) => {
                remember();
                go({ message: chosen });
              }}
            />
            {found.hasNextPage && (
              <Button
                className="mt-3 w-full"
                busy={found.isFetchingNextPage}
                onClick={() => void found.fetchNextPage()}
              >
                Older
              </Button>
            )}
          </div>
          {message !== undefined && (
            <>
              <nav aria-label="Mails" className="mb-3 flex flex-wrap items-center gap-2">
                <Button onClick={() => go({ message: undefined })}>Back to the list</Button>
                {at >= 0 && (
                  <span className="ml-auto flex gap-2">
                    <Button disabled={at === 0} onClick={() => go({ message: ids[at - 1] })}>
                      Newer
                    </Button>
                    <Button disabled={at === ids.length - 1} onClick={() => go({ message: ids[at + 1] })}>
                      Older
                    </Button>
                  </span>
                )}
              </nav>
              <Reading key={message} accountId={account.account_id} messageId={message} isAnnounced={hasMoved} />
            </>
          )}
        </>
      )}
    </>
  );
}

/** Where the list stood is where it stands again after a mail, with the focus on the mail that was read. `remember`: it is left now. */
function useListPlace(message: string | undefined): () => void {
  const before = useRef(message);
  const y = useRef(0);
  useLayoutEffect(() => {
    const read = before.current;
    before.current = message;
    if (read === message) return;
    if (message !== undefined) {
      scrollTo(0, 0);
      return;
    }
    scrollTo(0, y.current);
    document.getElementById(hitId(read ?? ''))?.focus({ preventScroll: y.current > 0 });
  }, [message]);
  return () => {
    y.current = scrollY;
  };
}
