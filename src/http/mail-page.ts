// A mail as its sender made it look, for a person's eyes, in a frame that can run nothing, fetch nothing and lead nowhere. Decides
// nothing about whose it is.
import type { Hono, Context as HonoContext } from 'hono';
import { html } from 'hono/html';
import { audited } from '../actions/audited.ts';
import type { Admit } from '../actions/context.ts';
import { readInput } from '../actions/input.ts';
import { appearanceInput, readAppearance } from '../actions/messages.ts';
import type { Session } from '../auth/session.ts';
import { ACCOUNT } from './route.ts';

/**
 * The `sandbox` directive counts also when the address is opened by itself: no script, no form, no window, no meta refresh.
 * Nothing is loaded from anywhere, so opening a mail tells nobody.
 */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox',
].join('; ');

interface Door {
  readonly admit: Admit;
  readonly letIn: (c: HonoContext) => Promise<Session>;
}

export function mountMailPage(app: Hono, { admit, letIn }: Door): void {
  const path = `${ACCOUNT}/messages/{message_id}/html`;
  app.get(path.replace(/\{(\w+)\}/g, ':$1'), async (c) => {
    const { text, isCut, ...shown } = await audited(
      admit,
      await letIn(c),
      { called: `GET ${path}`, needs: 'mail' },
      (ctx) => readAppearance(ctx, readInput(appearanceInput, c.req.param())),
      ({ message_id }) => ({ message_id }),
    );
    return c.html(FRAME + (isCut ? CUT : '') + (shown.html ?? String(html`<pre>${text}</pre>`)), 200, {
      'content-security-policy': POLICY,
      'x-dns-prefetch-control': 'off',
    });
  });
}

const CUT = '<p role="note">This mail is too large to be shown whole.</p>';
/** A link would open a window, which the sandbox refuses, instead of taking the frame elsewhere. */
const FRAME = `<!doctype html><meta charset="utf-8"><base target="_blank"><style>
body { margin: 1rem; font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; color: #1e2126; background: #fff; }
img { max-width: 100%; height: auto; }
img:not([src^="data:" i]) { min-width: 1rem; min-height: 1rem; border: 1px dashed #7a4d00; background: #fbf0d9; color: #7a4d00; }
pre { white-space: pre-wrap; font: inherit; }
</style>
`;
