// One agent: its name and permissions, the accounts that it may use, its keys.
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useAccounts } from '../api/accounts.ts';
import { useMe } from '../api/me.ts';
import { Problem } from '../api/problem.ts';
import { useProfile, usePutProfile, useRemoveProfile } from '../api/profiles.ts';
import type { Me, Profile } from '../api/shapes.ts';
import { Button, linkClass } from '../parts/button.tsx';
import { Card, PageHead } from '../parts/card.tsx';
import { Field } from '../parts/field.tsx';
import { inWords, PermissionChoices } from '../parts/permissions.tsx';
import { Question } from '../parts/question.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Keys } from './agent/keys.tsx';
import { usableBy } from './agents.tsx';
import { Missing } from './lost.tsx';

export function Agent() {
  const { profile: profileId } = useParams({ strict: false }) as { profile: string };
  const { data: me } = useMe();
  const profile = useProfile(me?.user_id, profileId);
  if (profile.error instanceof Problem && profile.error.code === 'not_found')
    return (
      <Missing title="There is no such agent" to="/settings/agents" back="See your agents">
        It was removed, or it is somebody else’s, or the address is mistyped.
      </Missing>
    );
  if (profile.error)
    return (
      <>
        <PageHead title="Agent" />
        <Trouble error={profile.error} />
      </>
    );
  if (!me || !profile.data) return <Waiting />;
  return <Shown me={me} profile={profile.data} />;
}

function Shown({ me, profile }: { readonly me: Me; readonly profile: Profile }) {
  const accounts = useAccounts(me.user_id);
  const [editing, setEditing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const remove = useRemoveProfile(me.user_id);
  const navigate = useNavigate();
  const usable = usableBy(profile.profile_id, accounts.data ?? []);
  return (
    <>
      <PageHead
        title={profile.name}
        actions={
          <>
            <Button onClick={() => setEditing(!editing)} aria-expanded={editing}>
              Edit
            </Button>
            <Button look="danger" onClick={() => setRemoving(true)}>
              Remove
            </Button>
          </>
        }
      >
        May {inWords(profile.permissions)}.
      </PageHead>
      <div className="space-y-4">
        {editing && <Edit me={me} profile={profile} onDone={() => setEditing(false)} />}
        <Card>
          <h2 className="text-lg font-semibold">Accounts</h2>
          {usable.length === 0 ? (
            <p className="mt-1">It may use no account, so it finds no mail.</p>
          ) : (
            <ul className="mt-1 list-disc pl-5">
              {usable.map(({ account_id, email }) => (
                <li key={account_id}>{email}</li>
              ))}
            </ul>
          )}
          <p className="mt-2 text-soft">
            Which agents may use an account is set{' '}
            <Link to="/settings/integrations" className={linkClass}>
              at the account
            </Link>
            .
          </p>
        </Card>
        <Keys me={me} profile={profile} />
      </div>
      <Question
        open={removing}
        title={`Remove ${profile.name}?`}
        yes="Remove it"
        busy={remove.isPending}
        error={remove.error}
        onYes={() => remove.mutate(profile.profile_id, { onSuccess: () => navigate({ to: '/settings/agents' }) })}
        onClose={() => setRemoving(false)}
      >
        <p>
          Its keys stop working at once, and clients that signed in for it are signed out. Mail that it sent stays sent.
        </p>
      </Question>
    </>
  );
}

interface EditProps {
  readonly me: Me;
  readonly profile: Profile;
  readonly onDone: () => void;
}

function Edit({ me, profile, onDone }: EditProps) {
  const [name, setName] = useState(profile.name);
  const [permissions, setPermissions] = useState(profile.permissions);
  const put = usePutProfile(me.user_id);
  return (
    <Card>
      <form
        className="max-w-xl space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          put.mutate({ profileId: profile.profile_id, name: name.trim(), permissions }, { onSuccess: onDone });
        }}
      >
        <Field label="Name" value={name} onChange={({ target }) => setName(target.value)} required maxLength={200} />
        <PermissionChoices chosen={permissions} onChange={setPermissions} />
        <p className="text-soft">A change counts at once, for keys that are out too.</p>
        <Trouble error={put.error} />
        <Button type="submit" look="first" busy={put.isPending}>
          Save
        </Button>
      </form>
    </Card>
  );
}
