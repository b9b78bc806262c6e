// Whether the time of an answer tells a foreign id from one that never was: interleaved samples of both at each tool and route that
// takes an id, medians and the p of a Kolmogorov-Smirnov test. `node bench/foreign-ids.ts [samples]`
import { ROUTES } from '../src/http/routes.ts';
import { TOOLS } from '../src/mcp/mailroom-offer.ts';
import { idsOf, NAMING, namingOf, type Pair } from '../test/isolation/ids.ts';
import type { Agent } from '../test/support/agent.ts';
import { ask } from '../test/support/raw-request.ts';
import { startNeighbourhood } from '../test/support/three-people.ts';

const SAMPLES = Number(process.argv[2] ?? 2000);
const WARM = 100;

const house = await startNeighbourhood({ LOG_LEVEL: 'silent' });
const { a, b } = house.people;
const { url } = house.room;

interface Asked {
  readonly what: string;
  readonly ask: (id: string) => Promise<unknown>;
  readonly pair: Pair;
}

const pairFor = (name: string): Pair => {
  const kinds: Record<string, RegExp> = {
    account_id: /^account /,
    account: /^address /,
    message_id: /^message of/,
    in_reply_to: /^Message-ID/,
    thread_id: /^thread/,
    draft_id: /^draft/,
    outbox_id: /^outbox/,
  };
  const wanted = kinds[name];
  const person: Record<string, [string, string]> = {
    token_id: [b.whole.tokenId, 'tok_00000000000000000000000000'],
    link_id: [b.linkId, 'lnk_00000000000000000000000000000000'],
    user_id: [b.userId, 'cnryq0n1'],
    profile_id: [NAMING.profile_id!(b), NAMING.profile_id!(b).replace('b', 'q')],
    email: [b.accounts[0].mails[0]!.sender, b.accounts[0].mails[0]!.sender.replaceAll('b', 'q')],
  };
  const found = wanted && [...idsOf('b1', b.accounts[0])].find(({ what }) => wanted.test(what));
  if (found) return found;
  const [foreign = '', unknown = ''] = person[name] ?? [];
  return { what: name, foreign, unknown };
};

function* everything(): Generator<Asked> {
  for (const [who, agent] of [
    ['agent', a.whole],
    ['key', a.key],
  ] as [string, Agent][]) {
    const { token } = agent;
    for (const { name, input, needs } of TOOLS) {
      const mayCall = who === 'key' ? true : ['read', 'draft', 'send'].includes(needs);
      for (const parameter of mayCall ? namingOf(input.shape) : []) {
        const pair = pairFor(parameter);
        if (!pair.foreign || (name === 'add_gmail_account' && parameter === 'email')) continue;
        const own = Object.fromEntries(namingOf(input.shape).map((each) => [each, NAMING[each]!(a)]));
        if (parameter.startsWith('account') || who === 'key') delete own.account;
        if (who !== 'key' || parameter === 'account') delete own.account_id;
        for (const each of ['thread_id', 'in_reply_to', 'draft_id']) if (/send|draft/.test(name)) delete own[each];
        // What would be sent is not a proof of anything.
        if (/send|draft/.test(name) && parameter === 'in_reply_to') continue;
        const more = 'body' in input.shape ? { body: 'x' } : {};
        yield {
          what: `${who} ${name} ${parameter}`,
          pair,
          ask: (id) =>
            ask(url, 'POST', '/mcp', {
              token,
              body: {
                jsonrpc: '2.0',
                id: 1,
                method: 'tools/call',
                params: { name, arguments: { ...own, ...more, [parameter]: id } },
              },
            }),
        };
      }
    }
    for (const { method, path, needs } of ROUTES) {
      if (method !== 'get' || (who !== 'key' && needs !== 'read')) continue;
      for (const [, parameter = ''] of path.matchAll(/\{(\w+)\}/g)) {
        const pair = pairFor(parameter);
        if (!pair.foreign) continue;
        const at = (id: string) =>
          path.replace(/\{(\w+)\}/g, (_, name: string) =>
            encodeURIComponent(name === parameter ? id : name === 'n' ? '1' : NAMING[name]!(a)),
          );
        const account = who === 'key' && !path.startsWith('/accounts') ? `?account=${a.accounts[0].id}` : '';
        const query = ['read', 'draft', 'send'].includes(needs) ? account : '';
        yield {
          what: `${who} GET ${path} ${parameter}`,
          pair,
          ask: (id) => ask(url, 'GET', at(id) + query, { token }),
        };
      }
    }
  }
}

const median = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)]!;

/** The p of the two-sample Kolmogorov-Smirnov test, by the asymptotic series (Press et al., section 14.3). */
function ksP(one: readonly number[], other: readonly number[]): number {
  let distance = 0;
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const value = Math.min(one[i]!, other[j]!);
    while (i < one.length && one[i]! <= value) i++;
    while (j < other.length && other[j]! <= value) j++;
    distance = Math.max(distance, Math.abs(i / one.length - j / other.length));
  }
  const size = Math.sqrt((one.length * other.length) / (one.length + other.length));
  const lambda = (size + 0.12 + 0.11 / size) * distance;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * lambda * lambda);
  return Math.min(1, Math.max(0, sum));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

let worst = 0;
console.log(`${SAMPLES} interleaved samples of each; milliseconds`);
for (const each of everything()) {
  const { foreign, unknown } = each.pair;
  for (let i = 0; i < WARM; i++) await each.ask(i % 2 ? foreign : unknown);
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < SAMPLES; i++)
    // Which one comes first changes, so that neither is always the one after the other.
    for (const which of i % 2 ? ([0, 1] as const) : ([1, 0] as const))
      times[which].push(await timed(() => each.ask(which === 0 ? foreign : unknown)));
  const [one, other] = times.map((all) => all.toSorted((x, y) => x - y)) as [number[], number[]];
  const apart = median(one) - median(other);
  worst = Math.max(worst, Math.abs(apart));
  console.log(
    `${each.what.padEnd(64)} ${median(one).toFixed(3)} ${median(other).toFixed(3)}  apart ${apart.toFixed(3)}  p ${ksP(one, other).toFixed(3)}`,
  );
}
console.log(`largest difference of medians: ${worst.toFixed(3)} ms`);
await house.end();
