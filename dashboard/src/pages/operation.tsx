// The operator's view: how the server is, whose mailbox is behind and why, which keys there are.
import { useState } from 'react';
import { useAllAccounts, useSystem } from '../api/operation.ts';
import type { Account } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Badge, Nothing, PageHead } from '../parts/card.tsx';
import { FilterRow, FilterWords, FilterYes } from '../parts/filters.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { ago, When } from '../parts/when.tsx';
import { stateOf } from './integrations/state.ts';
import { KeysCard } from './operation/keys-card.tsx';
import { Server } from './operation/server.tsx';

export function Operation() {
  const system = useSystem();
  if (system.error)
    return (
      <>
        <PageHead title="Operation" />
        <Trouble error={system.error} />
      </>
    );
  if (!system.data) return <Waiting />;
  return (
    <>
      <PageHead title="Operation">All people and accounts of this server, and the server itself.</PageHead>
      <Server system={system.data} />
      <Accounts />
      <KeysCard />
    </>
  );
}

const isTroubled = ({ status, last_error }: Account): boolean => status === 'needs_reauth' || last_error !== null;

function Accounts() {
  const accounts = useAllAccounts();
  const [troubled, setTroubled] = useState(false);
  const [words, setWords] = useState('');
  const all = accounts.data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = all.filter(
    (account) =>
      (!troubled || isTroubled(account)) &&
      `${account.email} ${account.user_id}`.toLowerCase().includes(words.trim().toLowerCase()),
  );
  return (
    <section aria-labelledby="accounts" className="mt-8">
      <h2 id="accounts" className="text-lg font-semibold">
        Accounts
      </h2>
      <FilterRow>
        <FilterWords label="Find an account or a person" value={words} onWords={setWords} />
        <FilterYes label="Only those in trouble" checked={troubled} onCheck={setTroubled} />
      </FilterRow>
      <Trouble error={accounts.error} />
      {accounts.data && shown.length === 0 && (
        <Nothing title={troubled ? 'No account is in trouble' : 'There is no such account'} />
      )}
      <ul className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-card empty:hidden">
        {shown.map((account) => (
          <li key={account.account_id} className="px-4 py-3">
            <One account={account} />
          </li>
        ))}
      </ul>
      {accounts.hasNextPage && (
        <Button className="mt-3" busy={accounts.isFetchingNextPage} onClick={() => void accounts.fetchNextPage()}>
          More
        </Button>
      )}
    </section>
  );
}

function One({ account }: { readonly account: Account }) {
  const [word, tone] = stateOf(account);
  const { sync, last_error: error } = account;
  return (
    <>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <span>
          <span className="font-medium">{account.email}</span> <span className="text-soft">of {account.user_id}</span>
        </span>
        <span className="flex items-center gap-3">
          <span className="text-sm text-soft">
            {sync.as_of ? `in step ${ago(sync.as_of)}` : 'never in step'}
            {sync.state !== 'up_to_date' && sync.total > 0 && `, ${Math.floor((100 * sync.done) / sync.total)} %`}
          </span>
          <Badge tone={tone}>{word}</Badge>
        </span>
      </div>
      {error && (
        <p className="mt-1 text-sm">
          <span className="font-medium text-bad">{error.message}</span> {error.cure}{' '}
          <span className="text-soft">
            (<When time={error.at} />)
          </span>
        </p>
      )}
    </>
  );
}
