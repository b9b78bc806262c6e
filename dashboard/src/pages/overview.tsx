// The first page: what is well, what is not, and the next step.
import { Link } from '@tanstack/react-router';
import { useAccounts, useProfiles } from '../api/accounts.ts';
import { useMe } from '../api/me.ts';
import { buttonClass, linkClass } from '../parts/button.tsx';
import { Badge, Card, PageHead } from '../parts/card.tsx';
import { Notice } from '../parts/notice.tsx';
import { inWords } from '../parts/permissions.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Progress } from './integrations/progress.tsx';
import { stateOf } from './integrations/state.ts';

export function Overview() {
  const { data: me } = useMe();
  const accounts = useAccounts(me?.user_id);
  const profiles = useProfiles(me?.user_id);
  const none = accounts.data?.length === 0;
  const broken = accounts.data?.filter(({ status }) => status === 'needs_reauth') ?? [];
  return (
    <>
      <PageHead title="Overview">Which accounts are in step, and who may work with them.</PageHead>
      <Trouble error={accounts.error ?? profiles.error} />
      {broken.length > 0 && (
        <Notice tone="bad" title="Google no longer lets Mailroom in." className="mb-4">
          <p>
            {broken.map(({ email }) => email).join(', ')}: new mail does not come until you connect again.{' '}
            <Link to="/settings/integrations" className={linkClass}>
              Reconnect
            </Link>
          </p>
        </Notice>
      )}
      <div className="grid items-start gap-4 md:grid-cols-2">
        <Card>
          <h2 className="text-lg font-semibold">Accounts</h2>
          {accounts.isPending && <Waiting />}
          <ul className="my-3 divide-y divide-line">
            {accounts.data?.map((account) => {
              const [word, tone] = stateOf(account);
              return (
                <li key={account.account_id} className="py-2.5">
                  <div className="flex flex-wrap items-center justify-between gap-2">
                    <span className="min-w-0">{account.email}</span>
                    <Badge tone={tone}>{word}</Badge>
                  </div>
                  <Progress account={account} />
                </li>
              );
            })}
            {none && <li className="py-2 text-soft">No Gmail account is connected yet.</li>}
          </ul>
          <Link to="/settings/integrations" className={buttonClass(none ? 'first' : 'second')}>
            {none ? 'Connect Gmail' : 'See the accounts'}
          </Link>
        </Card>
        <Card>
          <h2 className="text-lg font-semibold">Agents</h2>
          {profiles.isPending && <Waiting />}
          <ul className="my-3 divide-y divide-line">
            {profiles.data?.map(({ profile_id, name, permissions }) => (
              <li key={profile_id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2.5">
                <Link to="/settings/agents/$profile" params={{ profile: profile_id }} className={linkClass}>
                  {name}
                </Link>
                <span className="text-soft">may {inWords(permissions)}</span>
              </li>
            ))}
            {profiles.data?.length === 0 && <li className="py-2 text-soft">There is no agent yet.</li>}
          </ul>
          <Link to="/settings/agents" className={buttonClass('second')}>
            {profiles.data?.length === 0 ? 'Make one' : 'See the agents'}
          </Link>
        </Card>
      </div>
    </>
  );
}
