// The form for a new key: what it may do, for how long, and what narrows it.
import { type FormEvent, useState } from 'react';
import { useMint } from '../../api/profiles.ts';
import type { Me, Minted, Narrowing, Permission, Profile } from '../../api/shapes.ts';
import { Button } from '../../parts/button.tsx';
import { Choice, Field, fieldClass } from '../../parts/field.tsx';
import { useArrival } from '../../parts/focus.ts';
import { PermissionChoices } from '../../parts/permissions.tsx';
import { Trouble } from '../../parts/trouble.tsx';

const DAY_S = 86_400;
const LIVES: readonly (readonly [days: number, label: string])[] = [
  [1, 'a day'],
  [7, 'a week'],
  [30, '30 days'],
  [90, '90 days'],
  [365, 'a year'],
];

interface Props {
  readonly me: Me;
  readonly profile: Profile;
  readonly onMinted: (minted: Minted) => void;
  readonly onClose: () => void;
}

export function NewKey({ me, profile, onMinted, onClose }: Props) {
  const heading = useArrival<HTMLHeadingElement>();
  const [permissions, setPermissions] = useState<readonly Permission[]>(profile.permissions);
  const [days, setDays] = useState(90);
  const [labels, setLabels] = useState('');
  const [senders, setSenders] = useState('');
  const [newerThan, setNewerThan] = useState('');
  const [narrowRecipients, setNarrowRecipients] = useState(false);
  const [recipients, setRecipients] = useState('');
  const mint = useMint(me.user_id, profile.profile_id);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const only: Narrowing = {
      ...(labels.trim() && { labels: listed(labels) }),
      ...(senders.trim() && { senders: listed(senders) }),
      ...(newerThan.trim() && { newer_than: newerThan.trim() }),
      ...(narrowRecipients && { recipients: listed(recipients) }),
    };
    mint.mutate(
      { permissions, expires_in: days * DAY_S, ...(Object.keys(only).length > 0 && { only }) },
      { onSuccess: onMinted },
    );
  };
  return (
    <form onSubmit={submit} className="mt-4 max-w-xl space-y-4">
      <h3 ref={heading} tabIndex={-1} className="font-semibold">
        A new key
      </h3>
      <PermissionChoices chosen={permissions} most={profile.permissions} onChange={setPermissions} />
      <div>
        <label htmlFor="key-life" className="mb-1 block font-semibold">
          Good for
        </label>
        <select
          id="key-life"
          className={fieldClass}
          value={days}
          onChange={({ target }) => setDays(Number(target.value))}
        >
          {LIVES.map(([each, label]) => (
            <option key={each} value={each}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <details className="rounded-lg border border-line px-4 py-2">
        <summary className="cursor-pointer py-1 font-semibold">Narrow what it sees and to whom it writes</summary>
        <div className="space-y-4 py-3">
          <p className="text-soft">
            What is left empty does not narrow. A mail has to fit all that is filled in; the rest is not there for this
            key.
          </p>
          <Field
            label="Labels"
            hint="Names or ids with commas; one of them is enough."
            value={labels}
            onChange={({ target }) => setLabels(target.value)}
          />
          <Field
            label="Senders"
            hint="Addresses, or @domain, with commas: amy@example.com, @example.org."
            value={senders}
            onChange={({ target }) => setSenders(target.value)}
          />
          <Field
            label="Not older than"
            hint="30d, 6m or 1y."
            value={newerThan}
            onChange={({ target }) => setNewerThan(target.value)}
            pattern="[1-9]\d{0,3}[dmy]"
          />
          <Choice
            type="checkbox"
            label="Only write to these"
            checked={narrowRecipients}
            onChange={({ target }) => setNarrowRecipients(target.checked)}
          />
          {narrowRecipients && (
            <Field
              label="Recipients"
              hint="Addresses, or @domain, with commas. None: it may write to nobody."
              value={recipients}
              onChange={({ target }) => setRecipients(target.value)}
            />
          )}
        </div>
      </details>
      <Trouble error={mint.error} />
      <div className="flex gap-2">
        <Button type="submit" look="first" busy={mint.isPending}>
          Make the key
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </form>
  );
}

const listed = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
