// The same REST routes for mail without an account in the path, as an agent uses them with its token. Decides nothing.
import type { z } from 'zod';
import { searchAll, searchAllShape } from '../actions/across-accounts.ts';
import type { Context } from '../actions/context.ts';
import { optional } from '../actions/input.ts';
import { grantedAccounts, theAccount } from '../actions/mailboxes.ts';
import { attachmentInput } from '../actions/messages.ts';
import { searchEmails, searchInput, searchShape } from '../actions/search.ts';
import { invalidInput } from '../base/errors.ts';
import { MAIL_ROUTES } from './mail-routes.ts';
import { ACCOUNT, calledBy, type Route, route } from './route.ts';

const whose = { account: optional('The address, when there are several.', 320) };

/** What names a mail, and so the account that has it. */
interface Given {
  readonly account?: string | undefined;
  readonly [name: string]: unknown;
}

/** The account that is meant, in the words of the verb. */
export async function withAccount(ctx: Context, { account, ...input }: Given): Promise<{ account_id: string }> {
  if (account === undefined && ctx.session.kind === 'service')
    throw invalidInput('account', 'account is missing.', 'A service key names an id or an address.');
  const mails = ['message_id', 'thread_id', 'in_reply_to', 'draft_id'].map((name) => input[name] as string | undefined);
  return { ...input, account_id: (await theAccount(ctx, account, mails)).id };
}

const ownInput = (input: z.ZodObject) => input.omit({ account_id: true }).extend(whose);

const search = (of: Route): Route =>
  route({
    ...of,
    path: own(of.path),
    input: searchInput.omit({ account_id: true }).extend(whose),
    output: searchShape.extend({ messages: searchAllShape.shape.messages }),
    async run(ctx, input) {
      const { account, query, limit, cursor, sort } = input;
      const several = account === undefined && sort !== 'relevance' && (await grantedAccounts(ctx)).length > 1;
      if (!several) return searchEmails(ctx, { query, limit, cursor, sort, ...(await withAccount(ctx, { account })) });
      const { next_page_token, ...answer } = await searchAll(ctx, { query, max_results: limit, page_token: cursor });
      return { ...answer, ...(next_page_token !== undefined && { next_cursor: next_page_token }) };
    },
  });

const own = (path: string): string => path.slice(ACCOUNT.length);

export const OWN_ROUTES: readonly Route[] = MAIL_ROUTES.map((of) =>
  of.input === (searchInput as z.ZodObject)
    ? search(of)
    : {
        ...of,
        path: own(of.path),
        called: calledBy({ method: of.method, path: own(of.path) }),
        input: ownInput(of.input),
        run: async (ctx, input: Given, call) => of.run(ctx, (await withAccount(ctx, input)) as never, call),
      },
);

export const ownAttachmentInput = attachmentInput.omit({ account_id: true }).extend(whose);
