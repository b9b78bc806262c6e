// The control port of the pretend Gmail: loopback HTTP and JSON, by which tests deliver mail, break things and learn the
// truth. Knows no mail protocol; speaks to the sandbox only.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AppError, invalidInput } from '../base/errors.ts';
import { controlGoogle } from './control-google.ts';
import { bytesOf, readFault, readMailChange, readNewMail, readNewUser, readPassword } from './control-input.ts';
import { type Answer, type Asked, mailOf, type Route, route, snake, userOf } from './control-route.ts';
import type { RunningServer } from './imap-server.ts';
import { listenOnLoopback } from './loopback.ts';
import { factsOf } from './mail-facts.ts';
import { pathWords } from './path-words.ts';
import type { Sandbox } from './sandbox.ts';
import { seedMailboxes } from './seed.ts';
import type { PretendUser } from './user.ts';

const LARGEST_BODY = 40 * 1024 * 1024;
const faults = new WeakMap<Sandbox, Map<string, () => void>>();
let serial = 0;

const ROUTES: readonly Route[] = [
  route('GET /', 'what this port can do', ({ sandbox }) => ({
    service: 'mailroom sandbox',
    imap: sandbox.imap,
    smtp: sandbox.smtp,
    google: sandbox.google.origin,
    routes: ROUTES.map(({ method, path, about }) => ({ method, path, about })),
  })),
  route('GET /users', 'everybody, with how much mail and how many IMAP connections', ({ sandbox }) => ({
    users: sandbox.users.map(describeUser),
  })),
  route('POST /users', 'one more person: email, app_password, language?, mails?, seed?', ({ sandbox, body }) => {
    const { email, app_password, password, language, send_as, mails = 0, seed = 1 } = readNewUser(body);
    if (sandbox.users.some((user) => user.email === email.toLowerCase()))
      throw new AppError('conflict', 'This address has a mailbox already.');
    const user = sandbox.addUser({ email, appPassword: app_password, password, language, sendAs: send_as });
    seedMailboxes([user], { seed, mails });
    return describeUser(user);
  }),
  route('PUT /users/{email}/password', 'revoke the App Password: app_password?, else a new one is made', (asked) => {
    const { app_password = newAppPassword() } = readPassword(asked.body ?? {});
    userOf(asked).changePassword(app_password);
    return { app_password };
  }),
  route('POST /users/{email}/cut', 'cut this person’s IMAP connections without a word', (asked) => {
    const user = userOf(asked);
    const cut = user.connections;
    user.dropConnections();
    return { cut };
  }),
  route('POST /users/{email}/uid-validity', 'new UIDs and a new UIDVALIDITY in every mailbox', (asked) => {
    userOf(asked).changeUidValidity();
    return {};
  }),
  route('GET /users/{email}/mails', 'the truth about every mail', async (asked) => ({
    mails: await Promise.all(
      [...userOf(asked).mails()].map(async (mail) => ({
        ...snake(userOf(asked).describe(mail)),
        subject: (await factsOf(mail)).subject,
        message_id: mail.messageId,
      })),
    ),
  })),
  route(
    'POST /users/{email}/mails',
    'deliver: raw, or from?, subject?, text?, html?, attachments?, labels?, …',
    (asked) => {
      const user = userOf(asked);
      const mail = readNewMail(asked.body);
      const truth = user.deliver(bytesOf(mail, user.email, ++serial), {
        ...(mail.labels && { labels: mail.labels }),
        ...(mail.flags && { flags: mail.flags }),
        ...(mail.place && { place: mail.place }),
        ...(mail.date && { date: new Date(mail.date) }),
      });
      return snake(truth);
    },
  ),
  route('GET /users/{email}/mails/{id}', 'the bytes of a mail', (asked) => mailOf(asked).raw),
  route(
    'PATCH /users/{email}/mails/{id}',
    'flags?, add_labels?, remove_labels?, place? (all, spam, trash)',
    (asked) => {
      const user = userOf(asked);
      const mail = mailOf(asked);
      const { flags, add_labels, remove_labels, place } = readMailChange(asked.body);
      if (flags) user.changeFlags(mail, 'set', flags);
      if (add_labels) user.changeLabels(mail, 'add', add_labels);
      if (remove_labels) user.changeLabels(mail, 'remove', remove_labels);
      if (place) user.move(mail, place);
      return snake(user.describe(mail));
    },
  ),
  route('DELETE /users/{email}/mails/{id}', 'remove a mail for good', (asked) => {
    const mail = mailOf(asked);
    userOf(asked).destroy(mail);
    return {};
  }),
  route('GET /users/{email}/faults', 'what is planned to go wrong, and how often still', (asked) => ({
    faults: planned(asked.sandbox, userOf(asked).email),
  })),
  route('POST /users/{email}/faults', 'let something go wrong: kind and its members', (asked) =>
    plan(asked, userOf(asked).email),
  ),
  route('DELETE /users/{email}/faults', 'everything works again for this person', (asked) => {
    asked.sandbox.script.clear(userOf(asked).email);
    return {};
  }),
  route('GET /faults', 'what is planned for everybody', ({ sandbox }) => ({ faults: planned(sandbox, '') })),
  route('POST /faults', 'let something of Google’s HTTP go wrong for everybody', (asked) => plan(asked, '')),
  route('DELETE /faults', 'everything works again, for each and everybody', ({ sandbox }) => {
    sandbox.script.clear();
    return {};
  }),
  route('DELETE /faults/{id}', 'take one fault back', ({ sandbox, words }) => {
    const undo = faults.get(sandbox)?.get(words.id ?? '');
    if (!undo) throw new AppError('not_found', 'There is no such fault.');
    undo();
    faults.get(sandbox)?.delete(words.id ?? '');
    return {};
  }),
  route('GET /submissions', 'every mail that SMTP or the API took, as the wire gave it', ({ sandbox }) => ({
    submissions: sandbox.submissions.map(({ from, recipients, raw }) => ({ from, recipients, raw: raw.toString() })),
  })),
  route('GET /log', 'every command that the servers saw, without passwords', ({ sandbox }) => ({ log: sandbox.log })),
  ...controlGoogle,
];

function plan({ sandbox, body }: Asked, email: string): object {
  const undo = sandbox.script.add(email, readFault(body));
  const fault_id = `f${++serial}`;
  const known = faults.get(sandbox) ?? new Map<string, () => void>();
  faults.set(sandbox, known.set(fault_id, undo));
  return { fault_id };
}

function planned(sandbox: Sandbox, email: string): object[] {
  return sandbox.script
    .pending(email)
    .map(({ fault, left }) => ({ ...snake(fault), left: Number.isFinite(left) ? left : null }));
}

/** Listens on 127.0.0.1; port 0 takes a free one. */
export async function startControl(sandbox: Sandbox, port: number): Promise<RunningServer> {
  const server = createServer((request, response) => {
    void answer(sandbox, request)
      .catch((error: unknown) => refusal(error))
      .then((given) => send(response, given));
  });
  return listenOnLoopback(server, port);
}

interface Given {
  readonly status: number;
  readonly content: Answer;
}

async function answer(sandbox: Sandbox, request: IncomingMessage): Promise<Given> {
  // A page in a browser must not reach this port under a name of its own, nor post a plain form to it.
  if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(request.headers.host ?? '') || request.headers.origin !== undefined)
    throw new AppError('forbidden', 'The control port answers programs on this machine only.');
  const path = (request.url ?? '/').split('?')[0]!;
  let known = false;
  for (const each of ROUTES) {
    const words = pathWords(each.path, path);
    if (!words) continue;
    known = true;
    if (each.method !== request.method) continue;
    const body = await readBody(request);
    const content = await each.run({ sandbox, words, body });
    return { status: each.method === 'POST' ? 201 : 200, content };
  }
  throw new AppError(
    known ? 'invalid_input' : 'not_found',
    known ? `${path} takes no ${request.method}.` : `There is no ${path}.`,
    { hint: 'GET / lists what there is.' },
  );
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > LARGEST_BODY) throw new AppError('too_large', 'The body is over 40 MiB.');
    pieces.push(piece as Buffer);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw invalidInput('body', 'The body is no JSON.');
  }
}

function refusal(error: unknown): Given {
  if (!(error instanceof AppError))
    return { status: 500, content: { code: 'internal', message: error instanceof Error ? error.message : 'failed' } };
  const { code, message, hint } = error;
  const status = { not_found: 404, forbidden: 403, conflict: 409, too_large: 413 }[code as string] ?? 400;
  return { status, content: { code, message, ...(hint && { hint }) } };
}

function send(response: ServerResponse, { status, content }: Given): void {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(`${JSON.stringify(content)}\n`);
  response.writeHead(status, {
    'content-type': Buffer.isBuffer(content) ? 'message/rfc822' : 'application/json',
    'content-length': bytes.length,
  });
  response.end(bytes);
}

function describeUser(user: PretendUser) {
  return { email: user.email, language: user.language, mails: user.size, connections: user.connections };
}

/** Sixteen letters, as Google makes them. */
function newAppPassword(): string {
  return [...randomBytes(16)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
}
