// What a person sees when a remote client asks to be let in. Decides nothing.
import { html } from 'hono/html';
import { type Choice, type Consent, NEW_PROFILE, type Said } from '../../actions/consent.ts';
import type { Person } from '../../auth/people.ts';
import type { Permission } from '../../auth/session.ts';
import type { AppError } from '../../base/errors.ts';
import { banner, type Html, type Page } from '../connect/page.ts';

/** Where the page stands, and who looks at it. */
export interface Place {
  readonly path: string;
  readonly person: Person;
  readonly host: string;
}

/** From so many on the others are folded up. */
const FOLDED = 4;

const MEANING: Readonly<Record<Permission, readonly [string, string]>> = {
  read: ['Read and search your mail', 'All of it, in the accounts above.'],
  draft: ['Write drafts', 'They wait in Gmail until you send them.'],
  send: ['Send mail in your name', 'Without asking you each time.'],
};

export function consentPage(consent: Consent, place: Place, failed?: { error: AppError; said: Said }): Page {
  const { name, request, known } = consent;
  const isNamed = request.clientName !== '' || consent.vouchedBy !== null;
  const app = isNamed ? html`<bdi>${name}</bdi>` : 'an app';
  const says = isNamed
    ? html`An app that calls itself <strong><bdi>${name}</bdi></strong>`
    : 'An app that gives no name';
  const body = html`<div class="card">
${banner(failed?.error)}
<h1>${known ? html`${app} asks once more` : html`Let ${app} into your mail?`}</h1>
<p class="lead">${says} asks to work with your mail on <strong>${place.host}</strong>. You are signed in as <strong>${place.person.login ?? place.person.userId}</strong>.</p>
<h2>Who asks</h2>
${who(consent)}
<form method="post" action="${place.path}">
<h2>For which agent</h2>
<p><small>What it does is kept under that agent’s name, and it reaches the accounts that the agent may use.</small></p>
${agents(consent, failed?.said.profile)}
<h2>What it may do</h2>
${consent.asks.map((each) => permission(each, known && !consent.has.has(each), failed ? failed.said.permissions.includes(each) : true))}
<div class="ways">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" class="second" formnovalidate>Do not allow</button>
</div>
</form>
</div>
<footer><small>${request.staysSignedIn ? 'It stays signed in until it has not been used for 90 days.' : 'It is signed in for an hour.'} You can end it at any time. Mail is written by strangers: an app that reads it can be misled by it.</small></footer>`;
  return { title: `Let ${name} in`, body, formsTo: [target(request.redirectUri)] };
}

function who({ vouchedBy, redirectHost, onThisComputer }: Consent): Html {
  const warning = onThisComputer
    ? html`<div class="error"><strong>A program on this computer will get access</strong>Any program here can say that it is this app. Go on only if you have just begun this in an app of yours.</div>`
    : '';
  const vouched =
    vouchedBy === null
      ? html`<p>Nobody has checked its name. Go on only if you began this yourself and know the place below.</p>`
      : html`<p>The site <strong>${vouchedBy}</strong> says that this is its app.</p>`;
  return html`${vouched}
<p>When you have decided, you are sent to</p>
<p class="address">${redirectHost}</p>
${warning}`;
}

/** What is chosen comes first, so that it is seen whatever else there is. */
function agents({ choices, chosen, asks }: Consent, said = chosen): Html {
  const at = choices.some(({ id }) => id === said) ? said : chosen;
  const first = choices.filter(({ id }) => id === at).map((each) => agent(each, asks, true));
  const others = choices.filter(({ id }) => id !== at).map((each) => agent(each, asks, false));
  if (others.length < FOLDED) return html`${first}${others}`;
  return html`${first}<details><summary>One of ${others.length} others</summary><div>${others}</div></details>`;
}

function agent({ id, name, ceiling, accounts }: Choice, asks: Consent['asks'], checked: boolean): Html {
  const reach = accounts.length === 0 ? 'no account yet' : accounts.join(', ');
  const enough = ceiling === null || asks.every((each) => ceiling.has(each));
  const most = enough ? '' : ` The app that made it lets it ${[...ceiling].join(', ') || 'do nothing'} at most.`;
  return html`<label class="tick"><input type="radio" name="profile" value="${id}" required${checked ? html` checked` : ''}><span>${id === NEW_PROFILE ? html`A new agent, “<bdi>${name}</bdi>”` : html`<bdi>${name}</bdi>`}<br><small>Reaches ${reach}.${most}</small></span></label>`;
}

function permission(each: Permission, isNew: boolean, checked: boolean): Html {
  const [what, means] = MEANING[each];
  return html`<label class="tick"><input type="checkbox" name="permission" value="${each}"${checked ? html` checked` : ''}><span>${what}${isNew ? html` <strong>(new)</strong>` : ''}<br><small>${means}</small></span></label>`;
}

/** Where the answer to the form leads in the end, for the policy of the page. */
function target(uri: string): string {
  const { protocol, origin, hostname } = new URL(uri);
  // A policy has no words for an IPv6 address, nor for what follows a scheme of an app's own.
  return (protocol === 'https:' || protocol === 'http:') && !hostname.startsWith('[') ? origin : protocol;
}

const WHY: Readonly<Record<string, string>> = {
  invalid_client: 'This server does not know the app, or could not read what it says of itself.',
  invalid_redirect_uri: 'The app wants you sent to an address that it has not registered.',
  invalid_target: 'The app asks for something that is not on this server.',
  temporarily_unavailable: 'Too many apps asked from where you are. Wait a minute.',
};

/** The app asked wrongly, and cannot be told. */
export function refusedAuthorization(error: string, status: number): Page {
  const why = WHY[error] ?? 'What the app asked for is wrong, too old, or was begun in another browser.';
  const body = html`<div class="card"><h1>That did not work</h1>
<div class="error" role="alert"><strong>${why}</strong>Begin again in the app: remove this server there and add it anew.</div>
<p class="soft">Nobody was let in.</p></div>`;
  return { title: 'That did not work', status, body };
}
