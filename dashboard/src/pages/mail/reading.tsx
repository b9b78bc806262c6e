// One mail, as an agent is told of it beside how a person sees it, with what was removed or cut.
import { useEffect, useRef } from 'react';
import { attachmentAddress, useMessage } from '../../api/mail.ts';
import { Problem } from '../../api/problem.ts';
import type { Message } from '../../api/shapes.ts';
import { sized } from '../../parts/amount.ts';
import { Badge, Card, Nothing } from '../../parts/card.tsx';
import { LOCALE } from '../../parts/locale.ts';
import { Trouble } from '../../parts/trouble.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { AsAgent } from './as-agent.tsx';
import { AsPerson } from './as-person.tsx';
import { Known } from './known.tsx';

interface Props {
  readonly accountId: string;
  readonly messageId: string;
  /** Whoever came here within the page, and does not see it change, hears its subject: the heading gets the focus. */
  readonly isAnnounced: boolean;
}

const exact = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'short' });

export function Reading({ accountId, messageId, isAnnounced }: Props) {
  const message = useMessage(accountId, messageId, 0);
  if (message.error instanceof Problem && message.error.code === 'not_found')
    return (
      <Nothing title="This mail is not here">
        It was deleted at Gmail, or it is in another account, or the address is mistyped.
      </Nothing>
    );
  if (message.error) return <Trouble error={message.error} />;
  if (!message.data) return <Waiting />;
  return <Shown accountId={accountId} mail={message.data} isAnnounced={isAnnounced} />;
}

interface ShownProps extends Omit<Props, 'messageId'> {
  readonly mail: Message;
}

function Shown({ accountId, mail, isAnnounced }: ShownProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isAnnounced) heading.current?.focus();
  }, [isAnnounced]);
  return (
    <article className="space-y-4">
      <Card>
        <h2 ref={heading} tabIndex={-1} className="text-xl font-semibold">
          {mail.subject ?? 'No subject'}
        </h2>
        <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 xl:grid-cols-[auto_1fr_auto_1fr]">
          <Row name="From">{mail.from ?? 'nobody'}</Row>
          {mail.to && <Row name="To">{mail.to.join(', ')}</Row>}
          {mail.cc && <Row name="Cc">{mail.cc.join(', ')}</Row>}
          {mail.reply_to && <Row name="Reply to">{mail.reply_to.join(', ')}</Row>}
          <Row name="Arrived">{exact.format(new Date(mail.date))}</Row>
        </dl>
        {(mail.labels?.length ?? 0) > 0 && (
          <ul className="mt-3 flex flex-wrap gap-1" aria-label="Labels">
            {mail.labels?.map((label) => (
              <li key={label}>
                <Badge>{label}</Badge>
              </li>
            ))}
          </ul>
        )}
        <Known mail={mail} />
        <Attachments accountId={accountId} mail={mail} />
      </Card>
      <div className="grid gap-4 lg:grid-cols-2">
        <AsAgent accountId={accountId} mail={mail} />
        <AsPerson accountId={accountId} mail={mail} />
      </div>
    </article>
  );
}

function Row({ name, children }: { readonly name: string; readonly children: string }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function Attachments({ accountId, mail }: { readonly accountId: string; readonly mail: Message }) {
  if (!mail.attachments) return null;
  return (
    <ul className="mt-3 flex flex-wrap gap-2" aria-label="Attachments">
      {mail.attachments.map(({ n, filename, content_type, size }) => (
        <li key={n} className="min-w-0">
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
