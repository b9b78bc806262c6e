// What agents did: plots over time to be looked at, and each call to be read.
import { useMemo, useState } from 'react';
import { useAccounts, useProfiles } from '../api/accounts.ts';
import { useStatistics } from '../api/activity.ts';
import { useMe } from '../api/me.ts';
import type { Statistics } from '../api/shapes.ts';
import { PageHead } from '../parts/card.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Plot } from './activity/plot.tsx';
import { fewLines, linesOf } from './activity/series.ts';
import { Stream } from './activity/stream.tsx';

const HOUR_S = 3600;
const STRETCHES: readonly (readonly [seconds: number, label: string])[] = [
  [HOUR_S, 'Hour'],
  [24 * HOUR_S, 'Day'],
  [7 * 24 * HOUR_S, 'Week'],
  [30 * 24 * HOUR_S, '30 days'],
];

export function Activity() {
  const { data: me } = useMe();
  const [stretch, setStretch] = useState(24 * HOUR_S);
  const [everybody, setEverybody] = useState(false);
  const userId = everybody ? undefined : me?.user_id;
  const statistics = useStatistics(userId, stretch);
  const names = useNames(me?.user_id);
  if (!me) return <Waiting />;
  return (
    <>
      <PageHead title="Activity">Each call is kept with who made it and how it ended; never what a mail says.</PageHead>
      <div className="mb-4 flex flex-wrap gap-4">
        <fieldset className="flex flex-wrap gap-1" aria-label="Time">
          {STRETCHES.map(([seconds, label]) => (
            <button
              key={seconds}
              type="button"
              aria-pressed={stretch === seconds}
              onClick={() => setStretch(seconds)}
              className="rounded-full border border-line px-3.5 py-1.5 hover:bg-tint aria-pressed:border-accent aria-pressed:bg-tint aria-pressed:font-semibold"
            >
              {label}
            </button>
          ))}
        </fieldset>
        {me.role === 'owner' && (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              className="size-4.5 accent-accent"
              checked={everybody}
              onChange={({ target }) => setEverybody(target.checked)}
            />
            Of all people
          </label>
        )}
      </div>
      <Trouble error={statistics.error} />
      {statistics.data ? <Plots statistics={statistics.data} names={names} /> : statistics.isPending && <Waiting />}
      <Stream userId={userId} names={names} />
    </>
  );
}

/** How agents and accounts are called. */
export interface Names {
  readonly agent: (profileId: string | null) => string;
  readonly account: (accountId: string) => string;
  /** Ids and names. */
  readonly agents: readonly (readonly [string, string])[];
}

function useNames(userId: string | undefined): Names {
  const profiles = useProfiles(userId);
  const accounts = useAccounts(userId);
  return useMemo(
    () => ({
      agent: (id) =>
        id === null ? 'people and apps' : (profiles.data?.find(({ profile_id }) => profile_id === id)?.name ?? id),
      agents: profiles.data?.map(({ profile_id, name }) => [profile_id, name] as const) ?? [],
      account: (id) => accounts.data?.find(({ account_id }) => account_id === id)?.email ?? 'another account',
    }),
    [profiles.data, accounts.data],
  );
}

const SEND_WORDS: Readonly<Record<string, string>> = {
  queued: 'waits',
  sent: 'sent',
  failed: 'failed',
  unknown: 'unknown',
};

function Plots({ statistics, names }: { readonly statistics: Statistics; readonly names: Names }) {
  const data = useMemo(() => {
    const { calls, latency, accounts, sends } = statistics;
    return {
      agents: fewLines(
        linesOf(
          statistics,
          calls,
          (row) => names.agent(row.profile_id),
          (row) => row.calls,
        ),
      ),
      tools: fewLines(
        linesOf(
          statistics,
          calls,
          (row) => row.called,
          (row) => row.calls,
        ),
      ),
      errors: fewLines(
        linesOf(
          statistics,
          calls.filter(({ errors }) => errors > 0),
          (row) => row.called,
          (row) => row.errors,
        ),
      ),
      latency: linesOf(
        statistics,
        latency.flatMap(({ at, median_ms, p95_ms }) => [
          { at, name: 'slowest 5 %', ms: p95_ms },
          { at, name: 'median', ms: median_ms },
        ]),
        (row) => row.name,
        (row) => row.ms,
        null,
      ),
      mail: fewLines(
        linesOf(
          statistics,
          accounts.filter(({ mails }) => mails > 0),
          (row) => names.account(row.account_id),
          (row) => row.mails,
        ),
      ),
      sends: linesOf(
        statistics,
        sends,
        (row) => SEND_WORDS[row.state] ?? row.state,
        (row) => row.count,
      ),
      quota: fewLines(
        linesOf(
          statistics,
          accounts.filter(({ units }) => units > 0),
          (row) => names.account(row.account_id),
          (row) => row.units,
        ),
      ),
    };
  }, [statistics, names]);
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <Plot title="Calls by agent" unit="calls" data={data.agents} />
      <Plot title="Calls by tool" unit="calls" data={data.tools} />
      <Plot title="Time to answer, ms" unit="ms" data={data.latency} look="lines" />
      <Plot title="Errors" unit="calls" data={data.errors} />
      <Plot title="Mail stored" unit="mails" data={data.mail} />
      <Plot title="Mail sent" unit="mails" data={data.sends} />
      <Plot title="Google’s quota used" unit="units" data={data.quota} />
    </div>
  );
}
