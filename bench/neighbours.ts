// How much later a caller is answered while another account imports. node bench/neighbours.ts [mails that are imported, 5000]
import { newFolder, removeFolder } from '../test/support/mailroom.ts';
import { Account } from './account.ts';
import { OWNER, startBed } from './big-mailbox.ts';
import { millis, quantile } from './numbers.ts';

const NEIGHBOUR = 'neighbour@example.com';
const CALLS = 400;
const GAP_MS = 10;
const size = Number(process.argv[2] ?? 5000);

const bed = await startBed([NEIGHBOUR]);
await bed.sow(OWNER, 2000);
await bed.sow(NEIGHBOUR, size);
const folder = newFolder();
const room = await bed.mailroom(folder);
const account = await Account.add(room, OWNER);
await account.upToDate();

/** How long calls take, one after the other with a gap, as long as `more` says so. */
async function calls(more: (count: number) => boolean): Promise<number[]> {
  const waits: number[] = [];
  while (more(waits.length)) {
    const started = performance.now();
    await account.search('invoice');
    waits.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
  }
  return waits;
}

await calls((count) => count < CALLS);
const quiet = await calls((count) => count < CALLS);
const neighbour = await Account.add(room, NEIGHBOUR);
let importing = true;
const done = neighbour.upToDate(500).then(() => {
  importing = false;
});
const busy = await calls(() => importing);
await done;
const quietAgain = await calls((count) => count < CALLS);
const line = (list: readonly number[]): string =>
  `p50 ${millis(quantile(list, 0.5))}, p95 ${millis(quantile(list, 0.95))}, p99 ${millis(quantile(list, 0.99))} (${list.length} calls)`;
console.log(`a search when quiet: ${line([...quiet, ...quietAgain])}`);
console.log(`the same while another account imports: ${line(busy)}`);
for (const share of [0.5, 0.95])
  console.log(
    `p${share * 100}: ${millis(quantile(busy, share) - quantile([...quiet, ...quietAgain], share))} more while importing`,
  );
await room.end();
removeFolder(folder);
await bed.stop();
