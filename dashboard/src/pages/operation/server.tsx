// The server in a few numbers.
import type { ReactNode } from 'react';
import type { System } from '../../api/shapes.ts';
import { number, sized } from '../../parts/amount.ts';
import { Card } from '../../parts/card.tsx';
import { inWords } from '../../parts/permissions.tsx';
import { When } from '../../parts/when.tsx';

export function Server({ system }: { readonly system: System }) {
  const { accounts, outbox, limits, database } = system;
  const trouble = accounts.needs_reauth + accounts.in_trouble;
  return (
    <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
      <Figure title="Accounts" value={number(accounts.active + accounts.paused + accounts.needs_reauth)}>
        of {number(system.users)} people; {trouble === 0 ? 'none in trouble' : `${number(trouble)} in trouble`}
        {accounts.paused > 0 && `, ${number(accounts.paused)} paused`}
      </Figure>
      <Figure title="Outbox" value={number(outbox.queued)}>
        waiting; {number(outbox.failed)} failed, {number(outbox.unknown)} unknown, {number(outbox.sent)} sent
      </Figure>
      <Figure title="Database" value={sized(database.control_bytes + database.mailboxes_bytes)}>
        SQLite; mailboxes {sized(database.mailboxes_bytes)}, control {sized(database.control_bytes)}
      </Figure>
      <Figure title="Version" value={system.version}>
        Node {system.node}, {sized(system.memory_bytes)} of memory, started <When time={system.started_at} />
      </Figure>
      <Card className="sm:col-span-2 xl:col-span-4">
        <h2 className="font-semibold">Limits</h2>
        <p className="mt-1">
          A new agent may {inWords(limits.default_permissions)}. Each agent sends to at most {limits.recipients_a_mail}{' '}
          recipients a mail, {limits.sends_a_minute} mails a minute and {limits.sends_a_day} a day, to{' '}
          {limits.new_recipients_a_day} new recipients a day. Google’s sign-in is{' '}
          {system.google_sign_in ? 'offered' : 'not set up'}.
        </p>
      </Card>
    </div>
  );
}

interface FigureProps {
  readonly title: string;
  readonly value: string;
  readonly children: ReactNode;
}

function Figure({ title, value, children }: FigureProps) {
  return (
    <Card>
      <h2 className="text-soft">{title}</h2>
      <p className="text-2xl font-semibold tabular-nums">{value}</p>
      <p className="mt-1 text-sm text-soft">{children}</p>
    </Card>
  );
}
