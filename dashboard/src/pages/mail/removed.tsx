// What an agent does not get of a mail, in counts where the place is not known.
import type { Message } from '../../api/shapes.ts';
import { counted, number } from '../../parts/amount.ts';

interface Props {
  readonly mail: Message;
  /** Where in its body the shown part begins, in characters. */
  readonly offset: number;
}

/** The server's mark where a body is cut. */
const CUT = /truncated: (\d+) of (\d+) characters/;

export function Removed({ mail, offset }: Props) {
  const hidden = mail.hidden_text_removed ?? 0;
  const [, shown, total] = CUT.exec(mail.body_truncated ?? '') ?? [];
  const told = [
    hidden > 0 &&
      `Hidden text removed in ${counted(hidden, 'place')}: a person does not see it either, and it is often meant to mislead agents.`,
    shown &&
      total &&
      `Cut: ${number(Number(shown))} of ${number(Number(total))} characters, then an agent has to ask on.`,
    offset > 0 && `It goes on here after ${counted(offset, 'character')} before.`,
    ...(mail.notes ?? []).map((note) => `Noted for the agent: ${note}.`),
  ].filter((each) => typeof each === 'string');
  if (told.length === 0) return null;
  return (
    <ul
      aria-label="Removed or cut"
      className="mb-3 list-disc space-y-1 rounded-lg border-l-4 border-warn bg-warn-tint py-2.5 pr-3 pl-7 text-sm"
    >
      {told.map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ul>
  );
}
