// From a mail's announcement to the moment that a search finds it, beside a bare client that waits in IDLE and fetches the
// mail. node bench/freshness.ts [rounds, 30]
import { newFolder, removeFolder } from '../test/support/mailroom.ts';
import { Account } from './account.ts';
import { OWNER, startBed } from './big-mailbox.ts';
import { millis, quantile } from './numbers.ts';

const HELD_BACK = 'held-back@example.com';
const SIZE = 1000;
const rounds = Number(process.argv[2] ?? 30);

const bed = await startBed([HELD_BACK]);
await bed.sow(OWNER, SIZE);
const later = await bed.sow(HELD_BACK, rounds, SIZE);
const folder = newFolder();
const room = await bed.mailroom(folder);
const account = await Account.add(room, OWNER);
await account.upToDate();
const bare = await bed.dovecot.client(OWNER);
await bare.mailboxOpen('INBOX', { readOnly: true });

const searchable: number[] = [];
const fetched: number[] = [];
for (const [index, mail] of later.entries()) {
  const announced = new Promise<number>((resolve) => bare.once('exists', () => resolve(performance.now())));
  const idle = bare.idle();
  const ours = bed.copy(HELD_BACK, OWNER, `${index + 1}`).then(async () => {
    await account.until(mail, 2);
    return performance.now();
  });
  const at = await announced;
  const theirs = bare.fetchOne('*', { source: true }).then(() => performance.now());
  searchable.push((await ours) - at);
  fetched.push((await theirs) - at);
  await idle;
}
const line = (list: readonly number[]): string =>
  `p50 ${millis(quantile(list, 0.5))}, p95 ${millis(quantile(list, 0.95))}`;
console.log(`${rounds} mails, from EXISTS at the bare client`);
console.log(`mailroom: found by search after ${line(searchable)}`);
console.log(`bare client: source fetched after ${line(fetched)}`);
await bare.logout();
await room.end();
removeFolder(folder);
await bed.stop();
