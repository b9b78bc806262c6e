// Everybody on this server: how many accounts and agents each has, and whether any is in trouble.
import { useState } from 'react';
import { useUsers } from '../../api/operation.ts';
import type { User } from '../../api/shapes.ts';
import { counted } from '../../parts/amount.ts';
import { Button } from '../../parts/button.tsx';
import { Badge, Nothing } from '../../parts/card.tsx';
import { FilterRow, FilterWords } from '../../parts/filters.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { When } from '../../parts/when.tsx';

export function People() {
  const [words, setWords] = useState('');
  const users = useUsers(words.trim());
  const shown = users.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section aria-labelledby="people" className="mt-8">
      <h2 id="people" className="text-lg font-semibold">
        People
      </h2>
      <FilterRow>
        <FilterWords label="Find a person" value={words} onWords={setWords} />
      </FilterRow>
      <Trouble error={users.error} />
      {users.isPending && <Waiting />}
      {users.data && shown.length === 0 && <Nothing title="There is no such person" />}
      <ul className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-card empty:hidden">
        {shown.map((user) => (
          <li
            key={user.user_id}
            className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 px-4 py-3 wrap-anywhere"
          >
            <One user={user} />
          </li>
        ))}
      </ul>
      {users.hasNextPage && (
        <Button className="mt-3" busy={users.isFetchingNextPage} onClick={() => void users.fetchNextPage()}>
          More people
        </Button>
      )}
    </section>
  );
}

function One({ user }: { readonly user: User }) {
  const { user_id, login, role, accounts, accounts_in_trouble: troubled, profiles, last_seen_at: seen } = user;
  return (
    <>
      <span className="min-w-0">
        <span className="font-medium">{user_id}</span> {login && <span className="text-soft">{login}</span>}{' '}
        {role === 'owner' && <Badge>owner</Badge>}
      </span>
      <span className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="text-sm text-soft">
          {counted(accounts, 'account')}, {counted(profiles, 'agent')},{' '}
          {seen === null ? (
            'not signed in'
          ) : (
            <>
              here <When time={seen} />
            </>
          )}
        </span>
        {troubled > 0 && <Badge tone="bad">{counted(troubled, 'account')} in trouble</Badge>}
      </span>
    </>
  );
}
