// One mail, as an agent is told of it beside how a person sees it, with what was removed or cut.
import { useState } from 'react';
import { attachmentAddress, htmlAddress, useMessage } from '../../api/mail.ts';
import type { Message } from '../../api/shapes.ts';
import { sized } from '../../parts/amount.ts';
import { Button } from '../../parts/button.tsx';
import { Badge, Card } from '../../parts/card.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { Warnings } from './warnings.tsx';

interface Props {
  readonly accountId: string;
  readonly messageId: string;
}

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

export function Reading({ accountId, messageId }: Props) {
  const [offset, setOffset] = useState(0);
  const message = useMessage(accountId, messageId, offset);
  if (message.error) return <Trouble error={message.error} />;
  if (!message.data) return <Waiting />;
  const mail = message.data;
  return (
    <article className="space-y-4">
      <Card>
        <h2 className="text-xl font-semibold">{mail.subject ?? 'No subject'}</h2>
        <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          <Row name="From">{mail.from ?? 'nobody'}</Row>
          {mail.to && <Row name="To">{mail.to.join(', ')}</Row>}
          {mail.cc && <Row name="Cc">{mail.cc.join(', ')}</Row>}
          {mail.reply_to && <Row name="Reply to">{mail.reply_to.join(', ')}</Row>}
          <Row name="Arrived">{exact.format(new Date(mail.date))}</Row>
        </dl>
        {(mail.labels?.length ?? 0) > 0 && (
          <p className="mt-3 flex flex-wrap gap-1">
            {mail.labels?.map((label) => (
              <Badge key={label}>{label}</Badge>
            ))}
          </p>
        )}
        <Warnings mail={mail} />
        <Attachments accountId={accountId} mail={mail} />
      </Card>
      <div className="grid gap-4 2xl:grid-cols-2">
        <section aria-labelledby="as-agent">
          <h3 id="as-agent" className="mb-2 font-semibold">
            As an agent reads it
          </h3>
          <div className="rounded-2xl border border-line bg-sunk p-4">
            <pre className="font-mono text-sm whitespace-pre-wrap">{marked(mail.body ?? '')}</pre>
            {mail.body_truncated && <p className="mt-2 font-mono text-sm text-warn">{mail.body_truncated}</p>}
            <div className="mt-3 flex gap-2">
              {offset > 0 && <Button onClick={() => setOffset(0)}>From the beginning</Button>}
              {mail.body_truncated && (
                <Button onClick={() => setOffset(offset + [...(mail.body ?? '')].length)}>Go on reading</Button>
              )}
            </div>
          </div>
        </section>
        <section aria-labelledby="as-person">
          <h3 id="as-person" className="mb-2 font-semibold">
            As a person sees it
          </h3>
          <iframe
            title={`The mail “${mail.subject ?? ''}” as its sender made it`}
            sandbox=""
            src={htmlAddress(accountId, mail.message_id)}
            className="h-[32rem] w-full rounded-2xl border border-line bg-white"
          />
          <p className="mt-1 text-sm text-soft">
            No scripts run here, and nothing is loaded from elsewhere; pictures are off.
          </p>
        </section>
      </div>
    </article>
  );
}

function Row({ name, children }: { readonly name: string; readonly children: string }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** The marks that Mailroom itself puts into a body, told apart from what the sender wrote. */
function marked(body: string) {
  return body.split(/(\[(?:quoted: message [^\]]*|truncated: [^\]]*)\])/).map((piece, i) =>
    i % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text stand in its order
      <mark key={i} className="rounded bg-warn-tint px-1 text-warn">
        {piece}
      </mark>
    ) : (
      piece
    ),
  );
}

function Attachments({ accountId, mail }: { readonly accountId: string; readonly mail: Message }) {
  if (!mail.attachments) return null;
  return (
    <ul className="mt-3 flex flex-wrap gap-2" aria-label="Attachments">
      {mail.attachments.map(({ n, filename, content_type, size }) => (
        <li key={n}>
          <a
            href={attachmentAddress(accountId, mail.message_id, n)}
            className="inline-block rounded-lg border border-line px-3 py-1.5 hover:bg-tint"
            download
          >
            {filename ?? `Attachment ${n}`}{' '}
            <span className="text-sm text-soft">
              {content_type}, {sized(size)}
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
