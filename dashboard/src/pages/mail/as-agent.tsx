// What an agent gets of a mail, letter by letter: alone or within its conversation, with a mark wherever something was left out.
import { useState } from 'react';
import { useMessage, useThread } from '../../api/mail.ts';
import type { Message } from '../../api/shapes.ts';
import { Button } from '../../parts/button.tsx';
import { Chips } from '../../parts/filters.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { When } from '../../parts/when.tsx';
import { Marked, QUOTED } from './marked.tsx';
import { Removed } from './removed.tsx';

interface Props {
  readonly accountId: string;
  readonly mail: Message;
}

const WAYS = [
  { value: 'alone', label: 'This mail' },
  { value: 'thread', label: 'Its conversation' },
] as const;

export function AsAgent({ accountId, mail }: Props) {
  const [way, setWay] = useState<(typeof WAYS)[number]['value']>('alone');
  return (
    <section aria-labelledby="as-agent" className="flex min-w-0 flex-col">
      <h3 id="as-agent" className="mb-2 font-semibold">
        As an agent reads it
      </h3>
      <div className="grow space-y-3 rounded-2xl border border-line bg-sunk p-4">
        <Chips label="An agent reads" choices={WAYS} chosen={way} onChoose={setWay} />
        {way === 'alone' ? (
          <Alone accountId={accountId} first={mail} />
        ) : (
          <Conversation accountId={accountId} threadId={mail.thread_id} />
        )}
      </div>
    </section>
  );
}

function Alone({ accountId, first }: { readonly accountId: string; readonly first: Message }) {
  const [offset, setOffset] = useState(0);
  const later = useMessage(accountId, offset > 0 ? first.message_id : undefined, offset);
  const mail = offset > 0 ? later.data : first;
  return (
    <>
      <Trouble error={later.error} />
      {!mail && !later.error && <Waiting />}
      {mail && (
        <>
          <Removed mail={mail} offset={offset} />
          <Marked text={mail.body ?? ''} end={mail.body_truncated} />
        </>
      )}
      <div className="mt-3 flex flex-wrap gap-2 empty:hidden">
        {offset > 0 && <Button onClick={() => setOffset(0)}>From the beginning</Button>}
        {mail?.body_truncated && (
          <Button onClick={() => setOffset(offset + [...(mail.body ?? '')].length)}>Go on reading</Button>
        )}
      </div>
    </>
  );
}

function Conversation({ accountId, threadId }: { readonly accountId: string; readonly threadId: string }) {
  const thread = useThread(accountId, threadId, true);
  if (thread.error) return <Trouble error={thread.error} />;
  if (!thread.data) return <Waiting />;
  const { messages, message_count, next_cursor } = thread.data;
  const folded = messages.reduce((all, { body }) => all + (body?.match(QUOTED)?.length ?? 0), 0);
  return (
    <>
      <ul className="mb-3 list-disc space-y-1 border-b border-line pb-3 pl-5 text-sm">
        <li>
          {next_cursor
            ? `The first ${messages.length} of ${message_count} mails; an agent can ask for the others.`
            : message_count === 1
              ? 'It is the only mail of its conversation.'
              : `All ${message_count} mails, the oldest first.`}
        </li>
        {folded > 0 && (
          <li>
            Quoted text is left out in {folded === 1 ? '1 place' : `${folded} places`}, since the quoted mail is in the
            conversation; a mark names it.
          </li>
        )}
      </ul>
      <ol className="space-y-5">
        {messages.map((each) => (
          <li key={each.message_id}>
            <p className="mb-1 text-sm text-soft">
              <span className="font-semibold text-ink">{each.from ?? 'Nobody'}</span>, <When time={each.date} />,
              message <code className="font-mono">{each.message_id}</code>
            </p>
            <Removed mail={each} offset={0} />
            <Marked text={each.body ?? ''} end={each.body_truncated} />
          </li>
        ))}
      </ol>
    </>
  );
}
