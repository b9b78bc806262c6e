// Nothing new, and a hundred new mails, beside mbsync (+ notmuch) on the same mailbox in turn.
// node bench/upkeep.ts [mails, 3000] [rounds, 5]
import { newFolder, removeFolder } from '../test/support/mailroom.ts';
import { Account } from './account.ts';
import { Maildir } from './anchors.ts';
import { OWNER, startBed } from './big-mailbox.ts';
import { cpuMs, median, millis, times } from './numbers.ts';

const HELD_BACK = 'held-back@example.com';
const NEW = 100;
const size = Number(process.argv[2] ?? 3000);
const rounds = Number(process.argv[3] ?? 5);

const bed = await startBed([HELD_BACK]);
await bed.sow(OWNER, size);
const later = await bed.sow(HELD_BACK, NEW * rounds, size);
const folder = newFolder();
const room = await bed.mailroom(folder);
const account = await Account.add(room, OWNER);
await account.upToDate();
const maildir = new Maildir(folder, bed.dovecot, OWNER);
await maildir.mbsync();
await maildir.notmuch();

const figures = { quiet: [0], quietCpu: [0], mbsync: [0], mbsyncCpu: [0], hundred: [0], both: [0] };
for (const list of Object.values(figures)) list.pop();
// Past what adding the account and its first looks cost.
await account.fetch();
const loginsBefore = bed.logins();
for (let round = 0; round < rounds; round++) {
  const cpu = cpuMs(room.pid);
  const started = performance.now();
  await account.fetch();
  figures.quiet.push(performance.now() - started);
  figures.quietCpu.push(cpuMs(room.pid) - cpu);
}
const logins = bed.logins() - loginsBefore;
for (let round = 0; round < rounds; round++) {
  const { ms, cpuMs: cpu } = await maildir.mbsync();
  figures.mbsync.push(ms);
  figures.mbsyncCpu.push(cpu);
}
for (let round = 0; round < rounds; round++) {
  await bed.copy(HELD_BACK, OWNER, `${round * NEW + 1}:${(round + 1) * NEW}`);
  const started = performance.now();
  await account.fetch();
  await account.until(later[round * NEW]!, 1);
  await account.until(later[(round + 1) * NEW - 1]!, 1);
  figures.hundred.push(performance.now() - started);
  const fetched = await maildir.mbsync();
  figures.both.push(fetched.ms + (await maildir.notmuch()).ms);
}
const of = Object.fromEntries(Object.entries(figures).map(([name, list]) => [name, median(list)]));
console.log(`medians of ${rounds} rounds, ${size} mails`);
console.log(
  `nothing new: mailroom ${millis(of.quiet!)}, ${of.quietCpu} ms of processor, ${logins} logins; mbsync ${millis(of.mbsync!)}, ${of.mbsyncCpu} ms; ratio ${times(of.mbsync! / of.quiet!)} as fast`,
);
console.log(
  `${NEW} new, searchable: mailroom ${millis(of.hundred!)}; mbsync + notmuch ${millis(of.both!)}; ratio ${times(of.both! / of.hundred!)} as fast`,
);
await room.end();
removeFolder(folder);
await bed.stop();
