// The mails that a search found, and what the server says of the search.
import { Fragment } from 'react';
import type { Found, Summary } from '../../api/shapes.ts';
import { Badge, Nothing } from '../../parts/card.tsx';
import { When } from '../../parts/when.tsx';

interface Props {
  readonly pages: readonly Found[];
  readonly onChoose: (messageId: string) => void;
}

export function Results({ pages, onChoose }: Props) {
  const [first] = pages;
  if (!first) return null;
  const told = [
    ...(first.warnings ?? []),
    ...(first.hints ?? []),
    ...(first.complete ? [] : ['The copy is still being made; older mail may be missing.']),
    ...(first.stale ? ['Gmail did not answer; this is what the copy holds.'] : []),
  ];
  return (
    <>
      {told.length > 0 && (
        <div role="status" className="mb-3 rounded-lg bg-warn-tint py-2 pr-3 pl-7">
          <ul className="list-disc">
            {told.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </div>
      )}
      {first.messages.length === 0 && (
        <Nothing title="Nothing was found">
          Fewer words find more, and <code className="font-mono">in:anywhere</code> looks into Spam and Trash too.
        </Nothing>
      )}
      <ol className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-card empty:hidden">
        {pages.map((page, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: pages only ever follow one another
          <Fragment key={i}>
            {page.messages.map((each) => (
              <li key={each.message_id}>
                <Hit mail={each} onChoose={onChoose} />
              </li>
            ))}
          </Fragment>
        ))}
      </ol>
    </>
  );
}

interface HitProps {
  readonly mail: Summary;
  readonly onChoose: (messageId: string) => void;
}

/** Of the button that opens a mail. */
export const hitId = (messageId: string): string => `mail-${messageId}`;

function Hit({ mail, onChoose }: HitProps) {
  const weight = mail.unread ? 'font-semibold' : '';
  return (
    <button
      type="button"
      id={hitId(mail.message_id)}
      onClick={() => onChoose(mail.message_id)}
      className="grid w-full grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-0.5 px-4 py-3 text-left -outline-offset-3 hover:bg-tint lg:grid-cols-[13rem_minmax(0,1fr)_auto]"
    >
      <span className={`truncate ${weight}`}>
        {mail.unread && <span className="sr-only">Unread, </span>}
        {mail.sender ?? 'Nobody'}
      </span>
      <span className="text-sm text-soft lg:order-last">
        {mail.has_attachment && <span className="mr-2">with a file</span>}
        <When time={mail.date} />
      </span>
      <span className="min-w-0 max-lg:col-span-2">
        <span className={`block truncate ${weight}`}>{mail.subject ?? 'No subject'}</span>
        <span className="line-clamp-2 text-sm text-soft lg:line-clamp-1">{mail.snippet}</span>
        {(mail.labels?.length ?? 0) > 0 && (
          <span className="mt-1 flex flex-wrap gap-1">
            {mail.labels?.slice(0, 5).map((label) => (
              <Badge key={label}>{label}</Badge>
            ))}
          </span>
        )}
      </span>
    </button>
  );
}
