// The scopes that the pretend Google knows, and which of them a person cannot untick. Knows no method.

const PREFIX = 'https://www.googleapis.com/auth/';

/** One letter per scope, as the table of methods names them. */
export const GMAIL_SCOPES = {
  F: 'https://mail.google.com/',
  M: `${PREFIX}gmail.modify`,
  R: `${PREFIX}gmail.readonly`,
  C: `${PREFIX}gmail.compose`,
  S: `${PREFIX}gmail.send`,
  D: `${PREFIX}gmail.metadata`,
  L: `${PREFIX}gmail.labels`,
} as const;

export type ScopeLetter = keyof typeof GMAIL_SCOPES;

export const EMAIL_SCOPE = `${PREFIX}userinfo.email`;
const IDENTITY = ['openid', EMAIL_SCOPE, `${PREFIX}userinfo.profile`];

/** Who the person is goes with the sign-in itself; everything else has a box of its own on the consent page. */
export const isIdentity = (scope: string): boolean => IDENTITY.includes(scope);

/** What Google calls a scope that is asked for by its short name; null when there is none like it. */
export function canonicalScope(scope: string): string | null {
  if (scope === 'email' || scope === 'profile') return `${PREFIX}userinfo.${scope}`;
  const known = [...IDENTITY, ...Object.values(GMAIL_SCOPES)];
  return known.includes(scope) ? scope : scope.startsWith(`${PREFIX}gmail.`) ? scope : null;
}

const MEANINGS: Readonly<Record<string, string>> = {
  [GMAIL_SCOPES.F]: 'Read, compose, send and permanently delete all your email from Gmail',
  [GMAIL_SCOPES.M]: 'Read, compose and send emails from your Gmail account',
  [GMAIL_SCOPES.R]: 'View your email messages and settings',
  [GMAIL_SCOPES.C]: 'Manage drafts and send emails',
  [GMAIL_SCOPES.S]: 'Send email on your behalf',
  [GMAIL_SCOPES.D]: 'View your email message metadata such as labels and headers, but not the email body',
  [GMAIL_SCOPES.L]: 'See and edit your email labels',
};

/** What the consent page says beside the box. */
export const meaningOf = (scope: string): string => MEANINGS[scope] ?? scope;
