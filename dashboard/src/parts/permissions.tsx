// What an agent may do, in words and as choices.
import type { Permission } from '../api/shapes.ts';
import { Choice } from './field.tsx';

export const PERMISSIONS: readonly (readonly [Permission, label: string, hint: string])[] = [
  ['read', 'Read and search', 'Every mail of the accounts that it may use.'],
  ['draft', 'Write drafts', 'They wait in Gmail until you send them yourself.'],
  ['send', 'Send mail', 'In your name, without asking you, within the server’s limits.'],
];

/** For example `read and search, write drafts`. */
export const inWords = (permissions: readonly Permission[]): string =>
  PERMISSIONS.filter(([each]) => permissions.includes(each))
    .map(([, label]) => label.toLowerCase())
    .join(', ') || 'nothing';

interface Props {
  readonly chosen: readonly Permission[];
  /** What can be chosen; left out: all. */
  readonly most?: readonly Permission[];
  readonly onChange: (chosen: readonly Permission[]) => void;
}

export function PermissionChoices({ chosen, most, onChange }: Props) {
  return (
    <fieldset>
      <legend className="mb-1 font-semibold">May</legend>
      {PERMISSIONS.map(([each, label, hint]) => (
        <Choice
          key={each}
          type="checkbox"
          label={label}
          hint={most && !most.includes(each) ? 'The agent itself may not.' : hint}
          disabled={most && !most.includes(each)}
          checked={chosen.includes(each)}
          onChange={({ target }) =>
            onChange(
              PERMISSIONS.map(([name]) => name).filter((name) =>
                name === each ? target.checked : chosen.includes(name),
              ),
            )
          }
        />
      ))}
    </fieldset>
  );
}
