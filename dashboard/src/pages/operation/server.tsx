// The server in a few numbers.
import type { ReactNode } from 'react';
import type { System } from '../../api/shapes.ts';
import { counted, number, sized } from '../../parts/amount.ts';
import { Card } from '../../parts/card.tsx';
import { inWords } from '../../parts/permissions.tsx';
import { When } from '../../parts/when.tsx';

export function Server({ system }: { readonly system: System }) {
  const { accounts, outbox, limits, database } = system;
  const all = accounts.active + accounts.paused + accounts.needs_reauth;
  return (
    <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
      <Figure title="Accounts" value={number(all)}>
        of {counted(system.users, 'person', 'people')}
        {accounts.needs_reauth > 0 && `, ${number(accounts.needs_reauth)} to be connected again`}
        {accounts.in_trouble > 0 && `, ${number(accounts.in_trouble)} in trouble`}
        {accounts.paused > 0 && `, ${number(accounts.paused)} paused`}
        {all > 0 && all === accounts.active && accounts.in_trouble === 0 && ', all well'}
      </Figure>
      <Figure title="Outbox" value={`${number(outbox.queued)} waiting`}>
        {number(outbox.failed)} failed, {number(outbox.unknown)} unknown, {number(outbox.sent)} sent
      </Figure>
      <Figure title="Database" value={sized(database.control_bytes + database.mailboxes_bytes)}>
        SQLite: mailboxes {sized(database.mailboxes_bytes)}, all else {sized(database.control_bytes)}
      </Figure>
      <Figure title="Mailroom" value={system.version}>
        on Node {system.node.replace(/^v/, '')}, {sized(system.memory_bytes)} of memory, started{' '}
        <When time={system.started_at} />
      </Figure>
      <Card className="sm:col-span-2 xl:col-span-4">
        <h2 className="font-semibold">Limits</h2>
        <dl className="mt-2 grid gap-x-8 gap-y-2 sm:grid-cols-2 lg:grid-cols-4">
          <Limit name="Recipients of one mail">{number(limits.recipients_a_mail)}</Limit>
          <Limit name="Mails of an agent">
            {number(limits.sends_a_minute)} a minute, {number(limits.sends_a_day)} a day
          </Limit>
          <Limit name="New recipients of an agent">{number(limits.new_recipients_a_day)} a day</Limit>
          <Limit name="A new agent may">{inWords(limits.default_permissions)}</Limit>
        </dl>
        <p className="mt-3 text-sm text-soft">
          Google’s sign-in is {system.google_sign_in ? 'offered' : 'not set up; accounts are connected by App Password'}
          .
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

function Limit({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="text-sm text-soft">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
