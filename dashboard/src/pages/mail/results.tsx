// The mails that a search found, and what the server says of the search.
import { Fragment } from 'react';
import type { Found, Summary } from '../../api/shapes.ts';
import { Badge, Nothing } from '../../parts/card.tsx';
import { When } from '../../parts/when.tsx';

interface Props {
  readonly pages: readonly Found[];
  readonly chosen: string | undefined;
  readonly onChoose: (messageId: string) => void;
}

export function Results({ pages, chosen, onChoose }: Props) {
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
        <ul className="mb-3 list-disc rounded-lg bg-warn-tint py-2 pr-3 pl-7" role="status">
          {told.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
      {first.messages.length === 0 && <Nothing title="Nothing was found" />}
      <ol className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-card empty:hidden">
        {pages.map((page, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: pages only ever follow one another
          <Fragment key={i}>
            {page.messages.map((each) => (
              <li key={each.message_id}>
                <Hit mail={each} chosen={each.message_id === chosen} onChoose={onChoose} />
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
  readonly chosen: boolean;
  readonly onChoose: (messageId: string) => void;
}

function Hit({ mail, chosen, onChoose }: HitProps) {
  return (
    <button
      type="button"
      aria-current={chosen}
      onClick={() => onChoose(mail.message_id)}
      className="block w-full px-4 py-3 text-left hover:bg-tint aria-current:bg-tint"
    >
      <span className="flex items-baseline justify-between gap-3">
        <span className={`truncate ${mail.unread ? 'font-semibold' : ''}`}>{mail.sender ?? 'Nobody'}</span>
        <span className="shrink-0 text-sm text-soft">
          <When time={mail.date} />
        </span>
      </span>
      <span className={`block truncate ${mail.unread ? 'font-semibold' : ''}`}>{mail.subject ?? 'No subject'}</span>
      <span className="line-clamp-2 text-sm text-soft">{mail.snippet}</span>
      {(mail.labels?.length ?? 0) > 0 && (
        <span className="mt-1 flex flex-wrap gap-1">
          {mail.labels?.slice(0, 5).map((label) => (
            <Badge key={label}>{label}</Badge>
          ))}
        </span>
      )}
    </button>
  );
}
