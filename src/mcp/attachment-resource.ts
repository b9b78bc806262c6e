// The text of an attachment as a resource. Decides nothing.
import { readAttachmentText } from '../actions/attachment-text.ts';
import { audited } from '../actions/audited.ts';
import type { Admit, Context } from '../actions/context.ts';
import { accountOfMail } from '../actions/mailboxes.ts';
import { attachmentNumbers } from '../actions/messages.ts';
import type { OfferedResources } from './offer.ts';
import { COMPLETION } from './resources.ts';
import { fence, readable } from './tool.ts';

const MIME = 'text/plain';

interface Address {
  readonly messageId: string;
  readonly n: number;
  /** Id or address, where several accounts have the mail. */
  readonly account: string | undefined;
  readonly offset: number;
}

/** Null when it is no address of an attachment. */
function readAddress(uri: string): Address | null {
  const [, id = '', n, query = ''] = /^attachment:\/\/([^/?#]+)\/(\d{1,6})\/?(?:\?([^#]*))?$/i.exec(uri) ?? [];
  if (!id) return null;
  const asked = new URLSearchParams(query);
  const offset = asked.get('offset') ?? '0';
  if (!/^\d{1,9}$/.test(offset)) return null;
  try {
    const messageId = decodeURIComponent(id);
    return { messageId, n: Number(n), account: asked.get('account') ?? undefined, offset: Number(offset) };
  } catch {
    return null;
  }
}

export function attachmentResources(admit: Admit): OfferedResources {
  return {
    needs: 'read',
    templates: [
      {
        uriTemplate: 'attachment://{message_id}/{n}',
        name: 'attachment',
        title: 'Text of an attachment',
        description:
          'The text of a mail’s attachment: PDF, text, HTML, calendar, CSV, JSON, XML, mail. ?offset= goes on in a long one; ?account= says whose, where several accounts have the mail.',
        mimeType: MIME,
        complete: (name, typed, { message_id }, { session }) =>
          audited(admit, session, COMPLETION, async (ctx) => {
            if (name !== 'n' || !message_id) return [];
            const account = await accountOfMail(ctx, undefined, message_id);
            const numbers = await attachmentNumbers(ctx, { account_id: account.id, message_id });
            return numbers.map(String).filter((each) => each.startsWith(typed));
          }),
      },
    ],
    list: async () => ({ resources: [] }),
    async read(uri, { session, call }) {
      const address = readAddress(uri);
      if (!address) return null;
      const asked = { called: 'resources/read attachment', needs: 'read' } as const;
      const told = await audited(admit, session, asked, async (ctx: Context) => {
        const { messageId, n, offset } = address;
        const account = await accountOfMail(ctx, address.account, messageId);
        return readAttachmentText(ctx, { account_id: account.id, message_id: messageId, n, offset }, call.signal);
      });
      return { contents: [{ uri, mimeType: MIME, text: readable(fence(told)) }] };
    },
    // Nothing of it ever changes.
    watch: async () => null,
  };
}
