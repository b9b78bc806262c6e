// The first page: what is well, what is not, and the next step.
import { Link } from '@tanstack/react-router';
import { useAccounts, useProfiles } from '../api/accounts.ts';
import { useMe } from '../api/me.ts';
import { buttonClass } from '../parts/button.tsx';
import { Badge, Card, PageHead } from '../parts/card.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Progress } from './integrations/progress.tsx';
import { stateOf } from './integrations/state.ts';

export function Overview() {
  const { data: me } = useMe();
  const accounts = useAccounts(me?.user_id);
  const profiles = useProfiles(me?.user_id);
  if (accounts.isPending) return <Waiting />;
  return (
    <>
      <PageHead title="Overview" />
      <Trouble error={accounts.error} />
      <div className="grid gap-4 md:grid-cols-2">
        <Card>
          <h2 className="text-lg font-semibold">Accounts</h2>
          <ul className="my-3 divide-y divide-line">
            {accounts.data?.map((account) => {
              const [word, tone] = stateOf(account);
              return (
                <li key={account.account_id} className="py-2.5">
                  <div className="flex flex-wrap items-center justify-between gap-2">
                    <span>{account.email}</span>
                    <Badge tone={tone}>{word}</Badge>
                  </div>
                  <Progress account={account} />
                </li>
              );
            })}
            {accounts.data?.length === 0 && <li className="py-2 text-soft">No Gmail account is connected yet.</li>}
          </ul>
          <Link to="/settings/integrations" className={buttonClass(accounts.data?.length === 0 ? 'first' : 'second')}>
            {accounts.data?.length === 0 ? 'Connect Gmail' : 'See the accounts'}
          </Link>
        </Card>
        <Card>
          <h2 className="text-lg font-semibold">Agents</h2>
          <ul className="my-3 divide-y divide-line">
            {profiles.data?.map(({ profile_id, name, permissions }) => (
              <li key={profile_id} className="flex flex-wrap items-center justify-between gap-2 py-2.5">
                <span>{name}</span>
                <span className="text-soft">may {permissions.join(', ') || 'do nothing'}</span>
              </li>
            ))}
            {profiles.data?.length === 0 && <li className="py-2 text-soft">No agent has a key yet.</li>}
          </ul>
        </Card>
      </div>
    </>
  );
}
