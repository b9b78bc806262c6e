// Which agents may use an account: all of the person's, or the chosen ones.
import { useState } from 'react';
import { useAccountChange, useProfiles } from '../../api/accounts.ts';
import type { Account, Profile } from '../../api/shapes.ts';
import { Button } from '../../parts/button.tsx';
import { Choice } from '../../parts/field.tsx';
import { useReturn } from '../../parts/focus.ts';
import { Trouble } from '../../parts/trouble.tsx';

export function Grants({ account }: { readonly account: Account }) {
  const profiles = useProfiles(account.user_id);
  const [open, setOpen] = useState(false);
  const opener = useReturn<HTMLButtonElement>(open);
  const names = account.profile_ids.map((id) => profiles.data?.find(({ profile_id }) => profile_id === id)?.name ?? id);
  const told = account.scope === 'all' ? 'all agents' : names.length === 0 ? 'no agent' : names.join(', ');
  return (
    <div className="mt-5 border-t border-line pt-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p>
          Used by <strong>{told}</strong>
        </p>
        <Button
          ref={opener}
          look="quiet"
          aria-label={`${open ? 'Close' : 'Change'} who may use ${account.email}`}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Close' : 'Change'}
        </Button>
      </div>
      {open && <Choices account={account} profiles={profiles.data ?? []} onDone={() => setOpen(false)} />}
    </div>
  );
}

interface ChoicesProps {
  readonly account: Account;
  readonly profiles: readonly Profile[];
  readonly onDone: () => void;
}

function Choices({ account, profiles, onDone }: ChoicesProps) {
  const [scope, setScope] = useState(account.scope);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(account.profile_ids));
  const change = useAccountChange();
  const name = `scope-${account.account_id}`;
  return (
    <form
      className="mt-2"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ account, change: { do: 'grant', scope, profileIds: [...chosen] } }, { onSuccess: onDone });
      }}
    >
      <fieldset>
        <legend className="sr-only">Which agents may use {account.email}</legend>
        <Choice
          type="radio"
          name={name}
          label="All agents"
          hint="Also those that you make later."
          checked={scope === 'all'}
          onChange={() => setScope('all')}
        />
        <Choice
          type="radio"
          name={name}
          label="These agents"
          hint={scope === 'agents' && chosen.size === 0 ? 'None is chosen, so nobody may use it.' : null}
          checked={scope === 'agents'}
          onChange={() => setScope('agents')}
        />
        {scope === 'agents' && (
          <div className="pl-7">
            {profiles.length === 0 && <p className="text-soft">There are no agents yet.</p>}
            {profiles.map(({ profile_id, name: label }) => (
              <Choice
                key={profile_id}
                type="checkbox"
                label={label}
                checked={chosen.has(profile_id)}
                onChange={({ target }) =>
                  setChosen((before) => {
                    const after = new Set(before);
                    if (target.checked) after.add(profile_id);
                    else after.delete(profile_id);
                    return after;
                  })
                }
              />
            ))}
          </div>
        )}
      </fieldset>
      <Trouble error={change.error} />
      <Button type="submit" look="first" busy={change.isPending} className="mt-3">
        Save
      </Button>
    </form>
  );
}
