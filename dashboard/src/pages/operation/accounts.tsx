// Everybody's accounts: how fresh each is, and what is wrong with it.
import { useState } from 'react';
import { isSyncing } from '../../api/accounts.ts';
import { useAllAccounts } from '../../api/operation.ts';
import type { Account } from '../../api/shapes.ts';
import { number } from '../../parts/amount.ts';
import { Badge } from '../../parts/card.tsx';
import { FilterWords, FilterYes } from '../../parts/filters.tsx';
import { List } from '../../parts/list.tsx';
import { When } from '../../parts/when.tsx';
import { forPeople } from '../../parts/words.ts';
import { stateOf } from '../integrations/state.ts';

export function Accounts() {
  const [troubled, setTroubled] = useState(false);
  const [words, setWords] = useState('');
  const accounts = useAllAccounts({ inTrouble: troubled, words: words.trim() });
  const none = troubled ? 'No account is in trouble' : 'Nobody has connected an account yet';
  return (
    <List
      title="Accounts"
      filters={
        <>
          <FilterWords label="Find an account or a person" value={words} onWords={setWords} />
          <FilterYes label="Only those in trouble" checked={troubled} onCheck={setTroubled} />
        </>
      }
      asked={accounts}
      none={words.trim() === '' ? none : 'There is no such account'}
      more="More accounts"
      idOf={({ account_id }) => account_id}
      row={(account) => <One account={account} />}
    />
  );
}

function One({ account }: { readonly account: Account }) {
  const [word, tone] = stateOf(account);
  const { last_error: error } = account;
  return (
    <>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <span className="min-w-0">
          <span className="font-medium">{account.email}</span> <span className="text-soft">of {account.user_id}</span>
        </span>
        <span className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
          <span className="text-sm text-soft">
            <Freshness account={account} />
          </span>
          <Badge tone={tone}>{word}</Badge>
        </span>
      </div>
      {error && (
        <p className="mt-1 text-sm">
          <span className="font-medium text-bad">{error.message}</span> {forPeople(error.cure)}{' '}
          <span className="text-soft">
            (<When time={error.at} />)
          </span>
        </p>
      )}
    </>
  );
}

function Freshness({ account }: { readonly account: Account }) {
  const { as_of, done, total } = account.sync;
  if (isSyncing(account) && total > 0)
    return (
      <>
        {Math.floor((100 * done) / total)} % of {number(total)} mails copied
      </>
    );
  if (as_of === null) return <>never in step yet</>;
  return (
    <>
      as of <When time={as_of} />
    </>
  );
}
