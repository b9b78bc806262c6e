// The person's agents: who they are and what they may do.
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useAccounts, useProfiles } from '../api/accounts.ts';
import { useMe } from '../api/me.ts';
import { newProfileId, usePutProfile } from '../api/profiles.ts';
import type { Account, Permission, Profile } from '../api/shapes.ts';
import { Button } from '../parts/button.tsx';
import { Card, Nothing, PageHead } from '../parts/card.tsx';
import { Field } from '../parts/field.tsx';
import { useReturn } from '../parts/focus.ts';
import { inWords, PermissionChoices } from '../parts/permissions.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';

export function Agents() {
  const { data: me } = useMe();
  const profiles = useProfiles(me?.user_id);
  const accounts = useAccounts(me?.user_id);
  const [making, setMaking] = useState(false);
  const newAgent = useReturn<HTMLButtonElement>(making);
  return (
    <>
      <PageHead
        title="Agents"
        actions={
          !making && (
            <Button ref={newAgent} look="first" onClick={() => setMaking(true)}>
              New agent
            </Button>
          )
        }
      >
        Each assistant, bot or job gets a key of its own, so that you can see what it did, narrow it and take its key
        back.
      </PageHead>
      {making && me && <NewAgent userId={me.user_id} onClose={() => setMaking(false)} />}
      <Trouble error={profiles.error} />
      {profiles.isPending && <Waiting />}
      {profiles.data?.length === 0 && !making && (
        <Nothing title="There is no agent yet">
          <p>Make one, then give its key to the assistant that is to work with your mail.</p>
        </Nothing>
      )}
      <ul className="grid gap-4 md:grid-cols-2">
        {profiles.data?.map((profile) => (
          <li key={profile.profile_id}>
            <Agent profile={profile} accounts={accounts.data ?? []} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** The accounts that an agent may use. */
export const usableBy = (profileId: string, accounts: readonly Account[]): readonly Account[] =>
  accounts.filter(({ scope, profile_ids }) => scope === 'all' || profile_ids.includes(profileId));

const MOST_NAMED = 3;

/** For example `a@…, b@…, c@… and 9 more`. */
function fewOf(accounts: readonly Account[]): string {
  const named = accounts.length > MOST_NAMED + 1 ? accounts.slice(0, MOST_NAMED) : accounts;
  const rest = accounts.length - named.length;
  return named.map(({ email }) => email).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function Agent({ profile, accounts }: { readonly profile: Profile; readonly accounts: readonly Account[] }) {
  const usable = usableBy(profile.profile_id, accounts);
  return (
    <Card className="h-full">
      <h2 className="text-lg font-semibold">
        <Link
          to="/settings/agents/$profile"
          params={{ profile: profile.profile_id }}
          className="underline-offset-4 hover:underline"
        >
          {profile.name}
        </Link>
      </h2>
      <p className="mt-1">May {inWords(profile.permissions)}</p>
      <p className="mt-1 text-soft">{usable.length === 0 ? 'No account is granted to it' : fewOf(usable)}</p>
    </Card>
  );
}

function NewAgent({ userId, onClose }: { readonly userId: string; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [permissions, setPermissions] = useState<readonly Permission[]>(['read', 'draft']);
  const put = usePutProfile(userId);
  const navigate = useNavigate();
  const make = (event: FormEvent): void => {
    event.preventDefault();
    put.mutate(
      { profileId: newProfileId(name), name: name.trim(), permissions },
      { onSuccess: ({ profile_id }) => navigate({ to: '/settings/agents/$profile', params: { profile: profile_id } }) },
    );
  };
  return (
    <Card className="mb-6">
      <form onSubmit={make} className="max-w-xl space-y-4">
        <h2 className="text-lg font-semibold">New agent</h2>
        <Field
          label="Name"
          hint="What you call it, for example “Claude on my laptop”."
          value={name}
          onChange={({ target }) => setName(target.value)}
          required
          maxLength={200}
          autoFocus
        />
        <PermissionChoices chosen={permissions} onChange={setPermissions} />
        <Trouble error={put.error} />
        <div className="flex gap-2">
          <Button type="submit" look="first" busy={put.isPending}>
            Make it
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Card>
  );
}
