// From the call to the server's acceptance, and mails a second over one account and over fifty, beside a bare SMTP client
// that hands over the same mail on an open connection. node bench/send.ts [mails, 100]
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { composeMail } from '../src/mail/compose.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { authorityFile, newFolder, removeFolder, startMailroom } from '../test/support/mailroom.ts';
import { connected } from '../test/support/pretend-gmail.ts';
import { millis, quantile, times } from './numbers.ts';

const ACCOUNTS = 50;
const BODY = 'Dear Ann,\n\nshall we have tea on Friday?\n\nJane\n';
const APP_PASSWORD = 'abcdefghijklmnop';
const users = Array.from({ length: ACCOUNTS * 2 }, (_, i) => ({
  email: `user${i}@gmail.com`,
  appPassword: APP_PASSWORD,
}));
const clock = (): number => performance.timeOrigin + performance.now();

interface Gmail {
  readonly imap: { readonly port: number };
  readonly smtp: { readonly port: number };
  readonly ca: string;
}

if (process.send) await beGmail();
else await measure();

/** The pretend Gmail in a process of its own; tells when it has taken a mail. */
async function beGmail(): Promise<void> {
  const gmail = await startSandbox({ users });
  for (const { email } of users)
    gmail.user(email).onChange(() => process.send!({ taken: gmail.submissions.length, at: clock() }));
  process.on('disconnect', () => process.exit(0));
  process.send!({ imap: gmail.imap, smtp: gmail.smtp, ca: gmail.ca });
}

/** Resolves with the time when the server has taken so many mails in all. */
function takenTimes(child: ChildProcess): (count: number) => Promise<number> {
  const at: number[] = [];
  let wake = (): void => undefined;
  child.on('message', (message: { taken?: number; at: number }) => {
    if (message.taken === undefined) return;
    for (let n = at.length; n <= message.taken; n++) at[n] = message.at;
    wake();
  });
  return async (count) => {
    while (at[count] === undefined)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return at[count];
  };
}

async function bareClient({ smtp, ca }: Gmail, user: string) {
  const connection = new SMTPConnection({
    host: 'localhost',
    port: smtp.port,
    requireTLS: true,
    tls: { ca },
    name: '[127.0.0.1]',
  });
  const step = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
  await step((done) => connection.connect(done));
  await step((done) => connection.login({ credentials: { user, pass: APP_PASSWORD } }, done));
  return {
    async send(subject: string): Promise<void> {
      const { raw, envelope } = await composeMail({
        from: { name: '', address: user },
        to: [{ name: '', address: 'ann@elsewhere.example' }],
        cc: [],
        bcc: [],
        subject,
        text: BODY,
        attachments: [],
        messageId: `${crypto.randomUUID()}@gmail.com`,
        dateMs: Date.now(),
      });
      const { from, to } = envelope;
      await step((done) => connection.send({ from, to: [...to], size: raw.length }, raw, done));
    },
    close: () => connection.quit(),
  };
}

/** What nobody who commits can do without. */
function waitsForDisk(folder: string): number[] {
  const file = openSync(join(folder, 'fsync'), 'w');
  const bytes = Buffer.alloc(24 * 1024);
  const waits = Array.from({ length: 100 }, () => {
    writeSync(file, bytes);
    const begun = performance.now();
    fsyncSync(file);
    return performance.now() - begun;
  });
  closeSync(file);
  return waits;
}

async function measure(): Promise<void> {
  const mails = Number(process.argv[2] ?? 100);
  const child = fork(new URL(import.meta.url), { serialization: 'advanced' });
  const [gmail] = (await once(child, 'message')) as [Gmail];
  const taken = takenTimes(child);
  const folder = newFolder();
  const room = await startMailroom({
    folder,
    env: {
      NODE_EXTRA_CA_CERTS: authorityFile(folder, gmail.ca),
      GMAIL_IMAP_HOST: 'localhost',
      GMAIL_IMAP_PORT: String(gmail.imap.port),
      GMAIL_SMTP_HOST: 'localhost',
      GMAIL_SMTP_PORT: String(gmail.smtp.port),
      LOG_LEVEL: 'error',
    },
  });
  const ids: string[] = [];
  for (const user of users.slice(0, ACCOUNTS)) ids.push(await connected(room, user, user.email));
  const bare = await Promise.all(users.slice(ACCOUNTS).map(({ email }) => bareClient(gmail, email)));
  let count = 0;
  const post = (id: string, subject: string): Promise<unknown> =>
    room.rest('POST', `/accounts/${id}/messages`, { to: 'ann@elsewhere.example', subject, body: BODY });

  const ours: number[] = [];
  const answered: number[] = [];
  const theirs: number[] = [];
  for (let i = -10; i < mails; i++) {
    const begun = clock();
    const answer = post(ids[0]!, `One ${i}`).then(clock);
    const at = await taken(++count);
    const told = await answer;
    const bareBegun = clock();
    await bare[0]!.send(`Bare ${i}`);
    const bareAt = await taken(++count);
    // The first ones warm up what is compiled on the way.
    if (i < 0) continue;
    ours.push(at - begun);
    answered.push(told - begun);
    theirs.push(bareAt - bareBegun);
  }
  const edges = (list: readonly number[]) => `p50 ${millis(quantile(list, 0.5))}, p95 ${millis(quantile(list, 0.95))}`;
  console.log(`${mails} mails, one after the other, from the call to the server's acceptance`);
  console.log(`mailroom over REST: ${edges(ours)}; answered with the copy's ids after ${edges(answered)}`);
  console.log(`bare client: ${edges(theirs)}`);
  console.log(`one wait for this disk (24 KiB, fsync): ${edges(waitsForDisk(folder))}; a send waits three times`);
  console.log(`ratio of medians: ${times(quantile(ours, 0.5) / quantile(theirs, 0.5))}`);

  for (const accounts of [1, ACCOUNTS]) {
    const rates = { ours: [] as number[], bare: [] as number[] };
    for (let round = 0; round < 3; round++) {
      const each = Math.ceil((mails * 2) / accounts);
      const all = each * accounts;
      let begun = clock();
      const answers = ids
        .slice(0, accounts)
        .flatMap((id) => Array.from({ length: each }, (_, i) => post(id, `Many ${accounts} ${round} ${i}`)));
      count += all;
      rates.ours.push((all / ((await taken(count)) - begun)) * 1000);
      await Promise.all(answers);
      begun = clock();
      const sent = bare.slice(0, accounts).map(async (client) => {
        for (let i = 0; i < each; i++) await client.send(`Many ${i}`);
      });
      count += all;
      rates.bare.push((all / ((await taken(count)) - begun)) * 1000);
      await Promise.all(sent);
    }
    const [mine, other] = [quantile(rates.ours, 0.5), quantile(rates.bare, 0.5)];
    console.log(
      `${accounts} accounts: mailroom ${mine.toFixed(0)} mails a second, bare client ${other.toFixed(0)}: ${times(mine / other)}`,
    );
  }
  for (const client of bare) client.close();
  await room.end();
  removeFolder(folder);
  child.disconnect();
  await once(child, 'exit');
}
