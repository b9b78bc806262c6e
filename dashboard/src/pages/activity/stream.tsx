// Each call, the newest first, with filters.
import { useDeferredValue, useState } from 'react';
import { useAudit, type Whose } from '../../api/activity.ts';
import { Button } from '../../parts/button.tsx';
import { Badge, Nothing } from '../../parts/card.tsx';
import { FilterRow, FilterWords, FilterYes } from '../../parts/filters.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { When } from '../../parts/when.tsx';
import type { Names } from './names.ts';

interface Props {
  readonly userId: string | undefined;
  readonly whose: Whose;
  readonly names: Names;
}

export function Stream({ userId, whose, names }: Props) {
  const [called, setCalled] = useState('');
  const [errorsOnly, setErrorsOnly] = useState(false);
  const audit = useAudit({
    user_id: userId,
    ...whose,
    called: useDeferredValue(called.trim()),
    errors_only: errorsOnly,
  });
  const shown = audit.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section aria-labelledby="calls" className="mt-8">
      <h2 id="calls" className="text-lg font-semibold">
        Calls
      </h2>
      <FilterRow>
        <FilterWords label="Tool or route" value={called} onWords={setCalled} />
        <FilterYes label="Errors only" checked={errorsOnly} onCheck={setErrorsOnly} />
      </FilterRow>
      <Trouble error={audit.error} />
      {audit.isPending && <Waiting />}
      {audit.data && shown.length === 0 && <Nothing title="There are no such calls" />}
      <ol className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-card empty:hidden">
        {shown.map((row) => (
          <li key={row.seq} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2.5">
            <span className="shrink-0 text-sm text-soft sm:w-32">
              <When time={row.at} />
            </span>
            <span className="font-medium">{names.agent(row.profile_id)}</span>
            <code className="font-mono text-sm">{row.called}</code>
            <span className="text-sm text-soft">
              {[
                row.account_ids.map(names.account).join(', '),
                row.count > 0 && (row.count === 1 ? '1 mail' : `${row.count} mails`),
                `${row.duration_ms} ms`,
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
            {row.outcome !== 'ok' && <Badge tone="bad">{row.outcome.replaceAll('_', ' ')}</Badge>}
          </li>
        ))}
      </ol>
      {audit.hasNextPage && (
        <Button className="mt-3" busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
          Earlier
        </Button>
      )}
    </section>
  );
}
