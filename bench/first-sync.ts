// The first sync of a mailbox, to searchable, beside mbsync + notmuch, mbsync + mu and a bare download of the same mails
// from the same server. node bench/first-sync.ts [mails …]; one round a size, so that memory can be compared.
import { newFolder, removeFolder } from '../test/support/mailroom.ts';
import { Account } from './account.ts';
import { download, Maildir } from './anchors.ts';
import { type MailServerBed, OWNER, type Sown, startBed } from './big-mailbox.ts';
import { cpuMs, memory, seconds, times } from './numbers.ts';

interface Synced {
  readonly hundred: number;
  readonly hundredFromCall: number;
  readonly whole: number;
}

async function mailroom(bed: MailServerBed, mails: readonly Sown[]): Promise<Synced> {
  const folder = newFolder();
  const room = await bed.mailroom(folder);
  const before = cpuMs(room.pid);
  const called = performance.now();
  const account = await Account.add(room, OWNER);
  const added = performance.now();
  await account.until(mails.at(-100)!, 10);
  const hundred = performance.now();
  await account.upToDate();
  const whole = performance.now() - added;
  const { done } = await account.sync();
  if (done !== mails.length || !(await account.finds(mails[0]!))) throw new Error(`only ${done} mails arrived`);
  const cpu = cpuMs(room.pid) - before;
  console.log(
    `mailroom: all ${rate(mails.length, whole)}, ${(cpu / mails.length).toFixed(2)} ms of processor a mail, peak ${Math.round(memory(room.pid).peak)} MiB;`,
    `newest hundred ${seconds(hundred - added)} after the account was added, ${seconds(hundred - called)} after the call`,
  );
  await room.end();
  removeFolder(folder);
  return { hundred: hundred - added, hundredFromCall: hundred - called, whole };
}

async function round(count: number): Promise<void> {
  const bed = await startBed();
  const mails = await bed.sow(OWNER, count);
  const bare = await download(bed.dovecot, OWNER);
  console.log(`bare download: ${rate(bare.mails, bare.ms)}`);
  const ours = await mailroom(bed, mails);
  const folder = newFolder();
  const maildir = new Maildir(folder, bed.dovecot, OWNER);
  const fetched = await maildir.mbsync();
  const notmuch = await maildir.notmuch();
  const mu = await maildir.mu();
  const spent = (index: { cpuMs: number }): string => ((fetched.cpuMs + index.cpuMs) / count).toFixed(2);
  const both = { notmuch: fetched.ms + notmuch.ms, mu: fetched.ms + mu.ms };
  console.log(`mbsync ${seconds(fetched.ms)}`);
  for (const [name, index] of Object.entries({ notmuch, mu }))
    console.log(`mbsync + ${name}: ${rate(count, fetched.ms + index.ms)}, ${spent(index)} ms of processor a mail`);
  for (const [name, anchor] of Object.entries(both))
    console.log(
      `ratio to mbsync + ${name}: ${times(anchor / ours.whole)} as fast; newest hundred ${times(anchor / ours.hundred)} sooner, ${times(anchor / ours.hundredFromCall)} from the call on`,
    );
  console.log(`ratio to the bare download: ${times(ours.whole / bare.ms)} as long\n`);
  removeFolder(folder);
  await bed.stop();
}

const rate = (mails: number, ms: number): string => `${seconds(ms)} (${Math.round((mails * 1000) / ms)}/s)`;

const sizes = process.argv.slice(2).map(Number);
for (const size of sizes.length > 0 ? sizes : [5000]) await round(size);
