// What a person sees on the way in and out. Decides nothing.
import { html } from 'hono/html';
import type { Person } from '../../auth/people.ts';
import type { AppError } from '../../base/errors.ts';
import { banner, type Html } from '../connect/page.ts';

/** What every view needs to know of where it stands. */
export interface Place {
  /** What our paths begin with. */
  readonly base: string;
  /** The name of the server, as people see it in the address bar. */
  readonly host: string;
  readonly offersGoogle: boolean;
  readonly offersPasskeys: boolean;
}

/** A form that was sent and did not do. */
export interface Failed {
  readonly error: AppError;
  readonly login: string;
}

const back = (to: string | null): Html | '' => (to === null ? '' : html`<input type="hidden" name="to" value="${to}">`);

export function signInForm(
  { base, host, offersGoogle, offersPasskeys }: Place,
  to: string | null,
  failed?: Failed,
): Html {
  // What went wrong on another way is not wrong with these fields.
  const describes = failed?.login ? html` aria-invalid="true" aria-describedby="error"` : '';
  return html`<div class="card">
<h1>Sign in</h1>
<p class="soft">To Mailroom at ${host}.</p>
${banner(failed?.error)}
<form method="post" action="${base}/sign-in">
${back(to)}
<label for="login">E-mail address</label>
<input id="login" name="login" type="email" value="${failed?.login ?? ''}" autocomplete="username" required${describes}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${describes}>
<button>Sign in</button>
</form>
${offersGoogle || offersPasskeys ? otherWays(base, to, offersGoogle, offersPasskeys) : ''}
</div>
<footer><small>No login yet, or forgotten? Ask the app that you use for a sign-in link, or whoever runs this server.</small></footer>`;
}

function otherWays(base: string, to: string | null, google: boolean, passkeys: boolean): Html {
  const query = to === null ? '' : `?to=${encodeURIComponent(to)}`;
  return html`<div class="ways">
${
  passkeys
    ? html`<div class="passkeys" hidden><button type="button" class="second" id="passkey-sign-in" data-base="${base}" data-to="${to ?? ''}">Use a passkey</button>
${NOTE}</div>`
    : ''
}
${google ? html`<a class="button second" href="${base}/sign-in/google${query}">Continue with Google</a>` : ''}
</div>`;
}

const NOTE = html`<div class="error under" role="alert" id="passkey-note" hidden></div>`;

/** Before a link is used up: as whom, and that it is meant. */
export function linkPage(
  { host }: Place,
  path: string,
  link: { readonly userId: string; readonly login: string | null },
  now: Person | null,
): Html {
  const owner = link.userId === 'me';
  const other = now !== null && now.userId !== link.userId;
  return html`<div class="card">
<h1>${owner && link.login === null ? 'Become the owner' : 'Sign in'}</h1>
<p>${
    owner
      ? html`This link makes this browser the owner’s: it may do everything on <strong>${host}</strong>, for everybody.`
      : html`This link signs you in to Mailroom at <strong>${host}</strong> as`
  }</p>
${owner ? '' : html`<p class="address">${link.login ?? link.userId}</p>`}
${other ? html`<p>This browser is signed in as ${now.login ?? now.userId}; that ends.</p>` : ''}
<form method="post" action="${path}"><button>Continue</button></form>
</div>
<footer><small>The link works once. Did you not ask for it? Then close this page.</small></footer>`;
}

export interface Shown {
  readonly person: Person;
  readonly hasPassword: boolean;
  readonly passkeys: readonly { readonly id: string; readonly name: string; readonly created_at: number }[];
}

export interface WaysMore extends Partial<Failed> {
  readonly saved?: boolean;
}

const WRONG = html` aria-invalid="true" aria-describedby="error" autofocus`;

/** How the person comes back without a link. */
export function waysPage(
  { base, offersPasskeys }: Place,
  { person, hasPassword, passkeys }: Shown,
  to: string | null,
  { error, login, saved }: WaysMore,
): Html {
  const known = hasPassword || passkeys.length > 0;
  const at = (field: string): Html | '' => (error?.field === field ? WRONG : '');
  return html`<div class="card">
<h1>${known ? 'How you sign in' : 'Keep a way back in'}</h1>
${saved ? html`<p class="address" role="status">Saved. Other browsers are signed out.</p>` : ''}
<p>${
    known
      ? html`You are signed in as <strong>${person.login ?? person.userId}</strong>.`
      : 'You are signed in. Your link is used up, so choose how you come back.'
  }</p>
<section>
<h2>${hasPassword ? 'Change login or password' : 'A login with a password'}</h2>
${banner(error)}
<form method="post" action="${base}/sign-in/ways">
${back(to)}
<label for="login">E-mail address</label>
<input id="login" name="login" type="email" value="${login ?? person.login ?? ''}" autocomplete="username" required${at('login')}>
${
  hasPassword
    ? html`<label for="current_password">Password so far</label>
<input id="current_password" name="current_password" type="password" autocomplete="current-password"${at('current_password')}>`
    : ''
}
<label for="password">${hasPassword ? 'New password' : 'Password'}</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" maxlength="256" required${at('password') || html` aria-describedby="rule"`}>
<small id="rule">At least 12 characters; anything goes.</small>
<button>${hasPassword ? 'Save' : 'Keep this login'}</button>
</form>
</section>
${offersPasskeys ? passkeySection(base, to, passkeys) : ''}
${to === null ? '' : html`<p class="under"><a href="${to}">${known ? 'Go on' : 'Not now'}</a></p>`}
</div>
<footer><form method="post" action="${base}/sign-out">
<button class="plain">Sign out</button>
<button class="plain" name="everywhere" value="yes">Sign out everywhere</button>
</form></footer>`;
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function passkeySection(base: string, to: string | null, passkeys: Shown['passkeys']): Html {
  const after = to ?? `${base}/sign-in/ways`;
  const list = html`<ul class="rows">${passkeys.map(
    ({
      id,
      name,
      created_at,
    }) => html`<li><span><strong>${name}</strong><br><small>since ${day(created_at)}</small></span>
<form method="post" action="${base}/sign-in/ways"><input type="hidden" name="remove_passkey" value="${id}"><button class="plain" aria-label="Remove ${name}">Remove</button></form></li>`,
  )}</ul>`;
  return html`<section>
<h2>Passkeys</h2>
<p class="soft">Your fingerprint, face or security key instead of a password.</p>
${passkeys.length > 0 ? list : ''}
<div class="passkeys" hidden>
<label for="passkey-name">Name of the new one</label>
<input id="passkey-name" type="text" maxlength="100" placeholder="For example: my phone">
<button type="button" class="second" id="passkey-add" data-base="${base}" data-to="${after}">Add a passkey</button>
${NOTE}
</div>
</section>`;
}

export function signOutPage({ base }: Place, person: Person): Html {
  return html`<div class="card">
<h1>Sign out</h1>
<p>You are signed in as <strong>${person.login ?? person.userId}</strong>.</p>
<form method="post" action="${base}/sign-out">
<div class="ways">
<button>Sign out</button>
<button class="second" name="everywhere" value="yes">Sign out everywhere</button>
</div>
</form>
</div>`;
}
