// Each call, the newest first, with filters.
import { useDeferredValue, useState } from 'react';
import { useAudit, type Whose } from '../../api/activity.ts';
import type { AuditRow } from '../../api/shapes.ts';
import { counted } from '../../parts/amount.ts';
import { Badge } from '../../parts/card.tsx';
import { FilterWords, FilterYes } from '../../parts/filters.tsx';
import { List } from '../../parts/list.tsx';
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
  return (
    <List
      title="Calls"
      filters={
        <>
          <FilterWords label="Tool or route" value={called} onWords={setCalled} />
          <FilterYes label="Errors only" checked={errorsOnly} onCheck={setErrorsOnly} />
        </>
      }
      asked={audit}
      none="There are no such calls"
      more="Earlier"
      idOf={({ seq }) => seq}
      row={(row) => <Call row={row} names={names} />}
    />
  );
}

function Call({ row, names }: { readonly row: AuditRow; readonly names: Names }) {
  const { at, profile_id, called, account_ids, count, duration_ms, outcome } = row;
  const told = [account_ids.map(names.account).join(', '), count > 0 && counted(count, 'mail'), `${duration_ms} ms`];
  return (
    <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
      <span className="shrink-0 text-sm text-soft sm:w-32">
        <When time={at} />
      </span>
      <span className="font-medium">{names.agent(profile_id)}</span>
      <code className="font-mono text-sm">{called}</code>
      <span className="text-sm text-soft">{told.filter(Boolean).join(' · ')}</span>
      {outcome !== 'ok' && <Badge tone="bad">{outcome.replaceAll('_', ' ')}</Badge>}
    </div>
  );
}
