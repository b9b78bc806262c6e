// The person's Gmail accounts: connecting them, how far each is, what is wrong and its cure, and which agents may use it.
import { useState } from 'react';
import { isSyncing, useAccounts, useConnect } from '../api/accounts.ts';
import { useMe } from '../api/me.ts';
import { Button } from '../parts/button.tsx';
import { Card, Nothing, PageHead } from '../parts/card.tsx';
import { Gone } from '../parts/notice.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { AccountCard } from './integrations/account-card.tsx';
import { Returned } from './integrations/returned.tsx';

export function Integrations() {
  const { data: me } = useMe();
  const accounts = useAccounts(me?.user_id);
  const connect = useConnect(me?.user_id ?? '');
  const [gone, setGone] = useState<string | null>(null);
  const button = (
    <Button look="first" busy={connect.isPending} onClick={() => connect.mutate()}>
      Connect Gmail
    </Button>
  );
  const none = accounts.data?.length === 0;
  return (
    <>
      <PageHead title="Integrations" actions={none ? null : button}>
        The Gmail accounts that your agents may work with. Mailroom keeps a copy of each here and in step with Gmail.
      </PageHead>
      <div className="space-y-4">
        <Returned accounts={accounts.data ?? []} />
        {gone && (
          <Gone key={gone}>{gone} is disconnected, and its copy is deleted. Your mail at Gmail is untouched.</Gone>
        )}
        <Trouble error={connect.error} />
        {accounts.error ? <Trouble error={accounts.error} /> : accounts.isPending && <Waiting />}
        {none && (
          <Nothing title="No Gmail account is connected yet">
            <p>Connect one with Google’s sign-in or with an App Password; the next page explains both.</p>
            <p className="mt-4">{button}</p>
          </Nothing>
        )}
        {accounts.data?.map((account) => (
          <AccountCard key={account.account_id} account={account} onGone={() => setGone(account.email)} />
        ))}
        {accounts.data?.some(isSyncing) && (
          <Card className="text-soft">
            You can leave this page: the newest mail comes first and can be searched within seconds, the rest follows.
          </Card>
        )}
      </div>
    </>
  );
}
