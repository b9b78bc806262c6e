// Everybody on this server: how many accounts and agents each has, and whether any is in trouble.
import { useState } from 'react';
import { useUsers } from '../../api/operation.ts';
import type { User } from '../../api/shapes.ts';
import { counted } from '../../parts/amount.ts';
import { Badge } from '../../parts/card.tsx';
import { FilterWords } from '../../parts/filters.tsx';
import { List } from '../../parts/list.tsx';
import { When } from '../../parts/when.tsx';

export function People() {
  const [words, setWords] = useState('');
  const users = useUsers(words.trim());
  return (
    <List
      title="People"
      filters={<FilterWords label="Find a person" value={words} onWords={setWords} />}
      asked={users}
      none="There is no such person"
      more="More people"
      idOf={({ user_id }) => user_id}
      row={(user) => <One user={user} />}
    />
  );
}

function One({ user }: { readonly user: User }) {
  const { user_id, login, role, accounts, accounts_in_trouble: troubled, profiles, last_seen_at: seen } = user;
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
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
    </div>
  );
}
