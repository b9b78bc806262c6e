// The frame of every connect page, and the headers that keep it to itself. Knows no state of a link.
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { STYLE } from './style.ts';

export type Html = ReturnType<typeof html>;

/** Fills in the browser's time zone; without it the account begins with UTC. */
const SCRIPT = `for(const field of document.querySelectorAll('input[name=timezone]'))field.value=Intl.DateTimeFormat().resolvedOptions().timeZone||'';`;

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** `formsTo`: origins to which the answer to a form may send the browser on. */
const policy = (formsTo: readonly string[]): string =>
  [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}`,
    ["form-action 'self'", ...formsTo].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  readonly formsTo?: readonly string[];
  /** The browser looks again after so many seconds. */
  readonly againInSeconds?: number;
}

const ENVELOPE = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M3 10.5 12 4l9 6.5V19a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 19z"/><path d="m3.5 11 8.5 5.5 8.5-5.5"/></svg>`;

/** A page as it leaves. */
export async function respond({ title, body, status = 200, formsTo = [], againInSeconds }: Page): Promise<Response> {
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
</body>
</html>
`;
  return new Response(String(text), {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy(formsTo) },
  });
}
