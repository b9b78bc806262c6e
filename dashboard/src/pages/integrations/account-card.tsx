// One account: its state in a word, its sync as it goes, its trouble with the button that mends it.
import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { connectLink, isSyncing, useAccountChange } from '../../api/accounts.ts';
import type { Account } from '../../api/shapes.ts';
import { counted } from '../../parts/amount.ts';
import { Button } from '../../parts/button.tsx';
import { Badge, Card } from '../../parts/card.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Question } from '../../parts/question.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { ago, When } from '../../parts/when.tsx';
import { forPeople } from '../../parts/words.ts';
import { Grants } from './grants.tsx';
import { Progress } from './progress.tsx';
import { stateOf } from './state.ts';

/** Where the server's own words are for programs. */
const CURES: Readonly<Record<Account['status'], string>> = {
  active: 'It is tried again by itself.',
  paused: 'Press Resume to try again.',
  needs_reauth: 'Press Reconnect and go through the sign-in once more.',
};
const KINDS = { app_password: 'App Password', google_oauth: 'Google sign-in' } as const;

export function AccountCard({ account, onGone }: { readonly account: Account; readonly onGone: () => void }) {
  const change = useAccountChange();
  const reconnect = useMutation({
    mutationFn: () => connectLink(account.user_id, account.email),
    onSuccess: ({ url }) => location.assign(url),
  });
  const [leaving, setLeaving] = useState(false);
  const id = useId();
  const [word, tone] = stateOf(account);
  const { last_error: error, status, sync } = account;
  const refused = change.error ?? reconnect.error;
  const doing = change.isPending ? change.variables.change.do : null;
  const mayRun = (what: 'sync' | 'pause' | 'resume') => ({
    busy: doing === what,
    disabled: change.isPending,
    'aria-describedby': id,
    onClick: () => change.mutate({ account, change: { do: what } }),
  });
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 id={id} className="text-lg font-semibold">
            {account.email}
          </h2>
          <p className="text-soft">
            {KINDS[account.kind]}, connected <When time={account.created_at} />
            {!isSyncing(account) && `, ${counted(sync.done, 'mail')} here`}
            {sync.as_of && status === 'active' && `, checked ${ago(sync.as_of)}`}
          </p>
        </div>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <Progress account={account} />
      {error && (
        <Notice tone="bad" title={error.message} className="mt-4">
          <p>
            {forPeople(error.cure) || CURES[status]}{' '}
            <span className="text-soft">
              (<When time={error.at} />)
            </span>
          </p>
        </Notice>
      )}
      <div className="mt-4">{refused?.message !== error?.message && <Trouble error={refused} />}</div>
      <div className="mt-4 flex flex-wrap gap-2">
        {status === 'needs_reauth' && (
          <Button look="first" aria-describedby={id} busy={reconnect.isPending} onClick={() => reconnect.mutate()}>
            Reconnect
          </Button>
        )}
        {status === 'active' && <Button {...mayRun('sync')}>Sync now</Button>}
        {status !== 'needs_reauth' && (
          <Button look={status === 'paused' ? 'first' : 'second'} {...mayRun(status === 'paused' ? 'resume' : 'pause')}>
            {status === 'paused' ? 'Resume' : 'Pause'}
          </Button>
        )}
        <Button look="danger" aria-describedby={id} onClick={() => setLeaving(true)}>
          Disconnect
        </Button>
      </div>
      <Grants account={account} />
      <Question
        open={leaving}
        title={`Disconnect ${account.email}?`}
        yes="Disconnect and delete the copy"
        busy={doing === 'disconnect'}
        error={change.variables?.change.do === 'disconnect' ? change.error : null}
        onYes={() => void change.mutateAsync({ account, change: { do: 'disconnect' } }).then(onGone, () => undefined)}
        onClose={() => setLeaving(false)}
      >
        <p>
          Deleted here, at once and for good: the copy of its mail and the index, its credential, and mail that waits to
          be sent.
        </p>
        <p>
          {account.kind === 'google_oauth'
            ? 'Mailroom’s access at Google is taken back.'
            : 'The App Password stays valid at Google until you remove it there.'}{' '}
          Mail at Gmail stays as it is.
        </p>
      </Question>
    </Card>
  );
}
