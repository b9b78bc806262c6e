// What a person sees on the way to a connected account: one view for each state of a link. Decides nothing.
import { html } from 'hono/html';
import { SCOPES } from '../../accounts/google.ts';
import { type LinkView, returnTo } from '../../actions/connect.ts';
import type { AppError } from '../../base/errors.ts';
import { banner, type Html } from './page.ts';

/** What every view needs to know of where it stands. */
export interface Place {
  /** Path of the link's page. */
  readonly path: string;
  /** The name of the server, as people see it in the address bar. */
  readonly host: string;
  readonly offersGoogle: boolean;
}

const YES = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="m5 12.5 4.5 4.5L19 7.5"/></svg>`;
const NO = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round" aria-hidden="true"><path d="m7 7 10 10M17 7 7 17"/></svg>`;
const DONE = html`<svg class="mark" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="12" cy="12" r="9.25"/><path d="m8 12.5 2.75 2.75L16 9.5"/></svg>`;
const ZONE = html`<input type="hidden" name="timezone" value="">`;

const can = (what: string): Html => html`<li>${YES}<span>${what}</span></li>`;
const cannot = (what: string): Html => html`<li class="not">${NO}<span>${what}</span></li>`;

/** What Google's page shows at this step, drawn; the words beside it say the same. */
const picture = (what: Html): Html => html`<span class="picture" aria-hidden="true">${what}</span>`;

/** Who asks: the app that the person comes back to, else whoever runs this server. */
function asker({ return_to }: LinkView['link'], { host }: Place): string {
  return return_to === null ? `The operator of ${host}` : new URL(return_to).host;
}

function whoWillUseIt({ agents }: LinkView): Html {
  if (!agents) return html`<p>All agents that work for you here.</p>`;
  return html`<p>${agents.length === 1 ? 'Only the agent ' : 'Only the agents '}<strong>${agents.join(', ')}</strong>.</p>`;
}

/** The choice between the two ways, and what it means. */
export function choose(view: LinkView, place: Place, failed?: { error: AppError; email?: string }): Html {
  const { link } = view;
  const google = place.offersGoogle && link.method !== 'app_password';
  const password = link.method !== 'google';
  const person = link.user_label ? html`<strong>${link.user_label}</strong>` : 'you';
  const what = link.email ? html`<strong>${link.email}</strong>` : 'a Gmail account';
  return html`<div class="card">
${failed?.email === undefined ? banner(failed?.error) : ''}
<h1>Connect your Gmail</h1>
<p class="lead"><strong>${asker(link, place)}</strong> asks ${person} to connect ${what}, so that AI agents can work with its mail.</p>
<h2>Who will use it</h2>
${whoWillUseIt(view)}
<h2>What they can then do</h2>
<ul class="can">
${can('Read and search your mail; Mailroom keeps a copy of it on this server')}
${can('Prepare drafts, and send mail in your name where an agent may')}
${cannot('Never: delete mail, change settings, or see your Google password')}
</ul>
<div class="ways">
${google ? googleWay(place) : ''}
${password ? passwordWay(view, place, !google, failed) : ''}
</div>
<form method="post" action="${place.path}" class="under">
<input type="hidden" name="method" value="decline">
<button class="plain">No, do not connect</button>
</form>
</div>
<footer><small>This page works for ten minutes and for this browser only. What you allow you can take back at any time in <a href="https://myaccount.google.com/security" rel="noreferrer">your Google account</a>.</small></footer>`;
}

const googleWay = ({ path }: Place): Html => html`<form method="post" action="${path}">
<input type="hidden" name="method" value="google">${ZONE}
<button>Continue with Google</button>
</form>`;

function passwordWay(
  { link }: LinkView,
  { path }: Place,
  alone: boolean,
  failed: { error: AppError; email?: string } | undefined,
): Html {
  const wrong = failed?.email !== undefined;
  const describes = wrong ? html` aria-invalid="true" aria-describedby="error" autofocus` : '';
  const address = link.email
    ? html`<input id="email" name="email" type="email" value="${link.email}" readonly>`
    : html`<input id="email" name="email" type="email" value="${failed?.email ?? ''}" autocomplete="email" required>`;
  const form = html`<p>An App Password lets a program into your mail without your real password.</p>
<ol>
<li>Turn on 2-Step Verification in your Google account, if it is off.
${picture(html`2-Step Verification <b>On</b>`)}</li>
<li>Open <a href="https://myaccount.google.com/apppasswords" target="_blank" rel="noreferrer">myaccount.google.com/apppasswords</a> and make one; any name will do.
${picture(html`App name <i>Mailroom</i> <b>Create</b>`)}</li>
<li>Google shows 16 letters. Put them in here; blanks do not matter.
${picture(html`<code>abcd efgh ijkl mnop</code>`)}</li>
</ol>
<form method="post" action="${path}">
<input type="hidden" name="method" value="app_password">${ZONE}
<label for="email">Gmail address</label>
${address}
<label for="app_password">App Password</label>
${wrong ? banner(failed?.error) : ''}
<input id="app_password" name="app_password" type="password" autocomplete="off" spellcheck="false" required${describes}>
<button${alone ? '' : html` class="second"`}>Connect with App Password</button>
</form>`;
  if (alone) return html`<section><h2>Your App Password</h2>${form}</section>`;
  return html`<details${wrong ? html` open` : ''}><summary>Use an App Password</summary><div>${form}</div></details>`;
}

/** The address that Google returned, before anything is linked. */
export function confirmation({ link, waiting }: LinkView, { path }: Place): Html {
  const { email, scopes } = waiting!;
  const missing = [
    ...(scopes.includes(SCOPES.send) ? [] : ['send mail']),
    ...(scopes.includes(SCOPES.draft) ? [] : ['prepare drafts']),
  ];
  return html`<div class="card">
<h1>Is this the right account?</h1>
<p>You signed in with Google as</p>
<p class="address">${email}</p>
${missing.length > 0 ? html`<p>You did not allow everything, so agents will not be able to ${missing.join(' or to ')}. That is fine; you can connect again later to change it.</p>` : ''}
<p>Nothing is connected until you say so.</p>
<form method="post" action="${path}/confirm">
<input type="hidden" name="address" value="${email}">${ZONE}
<div class="ways">
<button name="decision" value="yes">Connect ${email}</button>
${link.email ? '' : html`<button name="decision" value="other" class="second">Use another account</button>`}
</div>
<button name="decision" value="no" class="plain under">No, do not connect</button>
</form>
</div>`;
}

const number = new Intl.NumberFormat('en');

/** Connected: what happens now. */
export function connected({ account, link }: LinkView): Html {
  if (!account)
    return ended(
      'This link has been used',
      'The account was connected with it. There is nothing more to do here.',
      link,
    );
  const { sync, trouble } = account;
  const { state, done, total } = sync;
  const busy = state !== 'up_to_date';
  return html`<div class="card">
${DONE}
<h1>${account.email} is connected</h1>
${trouble ? html`<div class="error" role="alert"><strong>${trouble.message}</strong>${trouble.cure}</div>` : ''}
${
  busy
    ? html`<p>Mailroom is fetching your mail, the newest first. Agents can use what is here already.</p>
<p><progress max="${Math.max(1, total)}"${total > 0 ? html` value="${Math.min(done, total)}"` : ''} aria-label="Mail fetched"></progress><br>
<small>${total > 0 ? `${number.format(done)} of about ${number.format(total)} mails` : 'Looking at the mailbox'}. This page follows by itself.</small></p>`
    : html`<p>All ${number.format(done)} mails are here, and new ones follow as they arrive.</p>`
}
<p>You can close this page; it goes on without it.</p>
${wayBack(link)}
</div>`;
}

/** Any other end. */
export function ended(title: string, text: string, link?: LinkView['link']): Html {
  return html`<div class="card">
<h1>${title}</h1>
<p>${text}</p>
${link ? wayBack(link) : ''}
</div>`;
}

function wayBack(link: LinkView['link']): Html | '' {
  const url = link.status === 'pending' ? link.return_to : returnTo(link);
  return url === null
    ? ''
    : html`<p class="under"><a class="button" href="${url}">Back to ${new URL(url).host}</a></p>`;
}
