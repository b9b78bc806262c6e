// Mail as resources: conversations, contacts and the messages with one address, as the tools give them. Decides nothing.
import { audited } from '../actions/audited.ts';
import { type Admit, type Context, findAccount, mayUse, sightIn } from '../actions/context.ts';
import { bareAddress } from '../actions/input.ts';
import { readableAccounts } from '../actions/mailboxes.ts';
import { getEmails } from '../actions/messages.ts';
import { isNewestWith, listContacts, listConversations, suggestAddresses } from '../actions/people.ts';
import { notFound } from '../base/errors.ts';
import type { Change } from '../sync/change-feed.ts';
import type { OfferedResources } from './offer.ts';
import { fence } from './tool.ts';

const MOST_LISTED = 50;
const MOST_MESSAGES = 20;
const ACCOUNTS_A_PAGE = 50;
const MIME = 'application/json';
const NEEDS = 'read';
export const COMPLETION = { called: 'completion/complete', needs: NEEDS } as const;

interface Address {
  readonly kind: 'conversations' | 'contacts' | 'messages';
  readonly account: string;
  readonly email: string;
}

/** What the address of a resource means; null when it is none of ours. Plain and percent-encoded are the same. */
function readAddress(uri: string): Address | null {
  const parts = /^(?:(conversations|contacts):\/\/([^/]+)|(messages):\/\/([^/]+)\/([^/]+))\/?$/i.exec(uri);
  if (!parts) return null;
  const [, plain, ofPlain, messages, ofMessages, email = ''] = parts;
  try {
    return {
      kind: (plain ?? messages)!.toLowerCase() as Address['kind'],
      account: decodeURIComponent((ofPlain ?? ofMessages)!),
      email: decodeURIComponent(email),
    };
  } catch {
    return null;
  }
}

const TEMPLATES = [
  ['conversations', '{account_id}', 'Conversations', 'The newest threads of an account, one row each.'],
  ['contacts', '{account_id}', 'Contacts', 'With whom an account exchanged mail, the latest first.'],
  ['messages', '{account_id}/{email}', 'Messages with a contact', 'The newest mail with one address, both directions.'],
] as const;

export function mailResources(admit: Admit): OfferedResources {
  /** The newest first, as much as one answer holds. */
  const contents = async (ctx: Context, { kind, account, email }: Address): Promise<object> => {
    if (kind === 'conversations') return listConversations(ctx, { account_id: account, limit: MOST_LISTED });
    if (kind === 'contacts') return listContacts(ctx, { account_id: account, limit: MOST_LISTED });
    const {
      messages,
      next_cursor: _,
      ...rest
    } = await getEmails(ctx, { account_id: account, email, limit: MOST_MESSAGES });
    return { messages: messages.toReversed(), ...rest };
  };
  return {
    needs: NEEDS,
    templates: TEMPLATES.map(([kind, variables, title, description]) => ({
      uriTemplate: `${kind}://${variables}`,
      name: kind,
      title,
      description: `${description} JSON. {account_id} is an id or an address.`,
      mimeType: MIME,
      complete: async (name, typed, known, { session }) => {
        return audited(admit, session, COMPLETION, async (ctx) => {
          if (name === 'account_id') return suggestAccounts(ctx, typed);
          const account = known.account_id;
          return name === 'email' && account ? suggestAddresses(ctx, decoded(account), decoded(typed)) : [];
        });
      },
    })),

    async list(cursor, { session }) {
      const asked = { called: 'resources/list', needs: NEEDS } as const;
      const { accounts, next_cursor } = await audited(admit, session, asked, (ctx) =>
        readableAccounts(ctx, ACCOUNTS_A_PAGE, cursor),
      );
      return {
        resources: accounts.flatMap(({ id, email }) =>
          TEMPLATES.filter(([kind]) => kind !== 'messages').map(([kind, , title, description]) => ({
            uri: `${kind}://${id}`,
            name: `${kind} of ${email}`,
            title: `${title} of ${email}`,
            description,
            mimeType: MIME,
          })),
        ),
        ...(next_cursor && { nextCursor: next_cursor }),
      };
    },

    async read(uri, { session }) {
      const address = readAddress(uri);
      if (!address) return null;
      const asked = { called: `resources/read ${address.kind}`, needs: NEEDS } as const;
      const told = await audited(admit, session, asked, (ctx) => contents(ctx, address));
      const text = JSON.stringify(fence(told));
      return { contents: [{ uri, mimeType: MIME, text }] };
    },

    async watch(uri, session, tell) {
      const address = readAddress(uri);
      if (!address) return null;
      const asked = { called: `resources/subscribe ${address.kind}`, needs: NEEDS } as const;
      const begin = async (ctx: Context) => {
        const account = await findAccount(ctx, address.account);
        const email = bareAddress(address.email);
        if (address.kind === 'messages' && !email.includes('@')) throw notFound('There is no such contact.');
        return { ctx, account, email };
      };
      const { ctx, account, email } = await audited(admit, session, asked, begin, () => ({}));
      return ctx.feed.listen((change) => {
        if (change.kind !== 'mail' || change.account !== account.id) return;
        if (!concerns(ctx, change)) return;
        const added = new Set<string>(change.added.map(({ id }) => id));
        if (address.kind === 'messages' && !isNewestWith(ctx, account.id, email, added)) return;
        // What was granted when it began may have been taken back since.
        const mayStill = admit(session, NEEDS).then((now) => mayUse(now, account));
        mayStill.then((may) => may && tell()).catch(() => undefined);
      });
    },
  };
}

/** A narrowed caller is told of mail only that he may see. */
function concerns(ctx: Context, { account, added }: Change & { readonly kind: 'mail' }): boolean {
  if (sightIn(ctx.session) === null) return true;
  const mailbox = ctx.mailboxes.of(account);
  return mailbox !== null && added.some(({ id }) => mailbox.holds(id));
}

/** Ids and addresses of accounts that go on from what is typed. */
export async function suggestAccounts(ctx: Context, typed: string): Promise<string[]> {
  const { accounts } = await readableAccounts(ctx, 100);
  const start = decoded(typed).toLowerCase();
  const all = [...accounts.map(({ email }) => email), ...accounts.map(({ id }) => id)];
  return [...new Set(all)].filter((each) => each.startsWith(start));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
