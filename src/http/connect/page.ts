// The frame of every page for people, and the headers that keep it to itself. Knows no state of a link.
import { createHash, randomBytes } from 'node:crypto';
import { html, raw } from 'hono/html';
import { AppError, HTTP_STATUS } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { STYLE } from './style.ts';

export type Html = ReturnType<typeof html>;

/** Fills in the browser's time zone; without it the account begins with UTC. */
const SCRIPT = `for(const field of document.querySelectorAll('input[name=timezone]'))field.value=Intl.DateTimeFormat().resolvedOptions().timeZone||'';`;

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** A script of ours is a file of our origin, and asks our origin alone. */
const policy = ({ formsTo = [], script }: Page): string =>
  [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}${script ? " 'self'" : ''}`,
    ...(script ? ["connect-src 'self'"] : []),
    ["form-action 'self'", ...formsTo].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  /** Origins to which the answer to a form may send the browser on. */
  readonly formsTo?: readonly string[];
  /** The path of a script of ours. */
  readonly script?: string;
  /** The browser looks again after so many seconds. */
  readonly againInSeconds?: number;
}

const ENVELOPE = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M3 10.5 12 4l9 6.5V19a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 19z"/><path d="m3.5 11 8.5 5.5 8.5-5.5"/></svg>`;

/** A page as it leaves. */
export async function respond(page: Page): Promise<Response> {
  const { title, body, status = 200, script, againInSeconds } = page;
  const refresh = againInSeconds ? html`<meta http-equiv="refresh" content="${againInSeconds}">` : '';
  const text = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${refresh}
<title>${title} · Mailroom</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<div class="brand">${ENVELOPE}<span>Mailroom</span></div>
${body}
</main>
<script>${raw(SCRIPT)}</script>
${script ? html`<script src="${script}" defer></script>` : ''}
</body>
</html>
`;
  return new Response(String(text), {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy(page) },
  });
}

/** What went wrong, above a form. */
export function banner(error: AppError | undefined): Html | '' {
  if (!error) return '';
  return html`<div class="error" role="alert" id="error"><strong>${error.message}</strong>${error.hint}</div>`;
}

/** What went wrong, where no form can be shown with it. `rest`: what did not happen, or where to go on. */
export function failurePage(error: unknown, log: Logger, rest?: string | Html): Page {
  const known = error instanceof AppError && error.code !== 'internal' ? error : ours(error, log);
  const body = html`<div class="card"><h1>That did not work</h1>
<div class="error" role="alert"><strong>${known.message}</strong>${known.hint}</div>
${rest ? html`<p class="soft">${rest}</p>` : ''}</div>`;
  return { title: 'That did not work', status: HTTP_STATUS[known.code], body };
}

function ours(error: unknown, log: Logger): AppError {
  const event = randomBytes(6).toString('hex');
  log.error({ err: error, event }, 'a request failed');
  return new AppError('internal', 'Something went wrong on our side.', { hint: `Tell the operator event ${event}.` });
}
