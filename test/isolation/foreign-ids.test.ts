// Another person's ids at every tool of the live list, in every parameter that names something: an answer to one is byte for byte
// the answer to an id that never was, no word of that person comes back, and what is that person's stays as it is.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPermission } from '../../src/auth/session.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { TOOLS } from '../../src/mcp/mailroom-offer.ts';
import { CONNECT_TOOL } from '../../src/mcp/tools/gmail.ts';
import { type Agent, newAgent } from '../support/agent.ts';
import { severally } from '../support/raw-request.ts';
import { type Neighbourhood, type Person, startNeighbourhood } from '../support/three-people.ts';
import { callAs, idsOf, idsOfPerson, NAMING, namingOf, type Pair, stateOf, WORDS, without } from './ids.ts';

const EVERY = [...TOOLS, CONNECT_TOOL];

let house: Neighbourhood;
let a: Person;
let b: Person;
/** Who asks on a's side, and what is tried. To the partial one the second account of a is as foreign as b's. */
let callers: Record<string, { readonly agent: Agent; readonly foreign: readonly Pair[] }>;
let before: string;

beforeAll(async () => {
  house = await startNeighbourhood();
  ({ a, b } = house.people);
  const asks = { only: { labels: [a.accounts[0].mails[0]!.label], recipients: ['@to.example'] } };
  const narrow = await newAgent(house.room, { user: a.userId, profile: 'narrow', asks });
  callers = {
    whole: { agent: a.whole, foreign: [...idsOfPerson(b)] },
    key: { agent: a.key, foreign: [...idsOfPerson(b)].filter((_, i) => i < 7 || i > 20) },
    partial: { agent: a.partial, foreign: [...idsOf('a2', a.accounts[1])] },
    narrowed: { agent: house.behind('a', narrow.token), foreign: [...idsOf('b1', b.accounts[0])] },
  };
  before = await stateOf(house.room, b);
});
afterAll(() => house?.end());

const BASE: Readonly<Record<string, unknown>> = { query: 'commonword', body: 'Hello.' };

/** A call that is right but for what is tried. */
function argsOf(name: string, shape: object, parameter: string): Record<string, unknown> {
  const own = [
    ...namingOf(shape).map((each) => [each, NAMING[each]!(a)]),
    ...Object.entries(BASE).filter(([each]) => each in shape),
  ];
  const args: Record<string, unknown> = Object.fromEntries(own);
  // Only what is tried names an account, a mail and a draft, so that nothing is sent by the others.
  for (const each of ['account', 'account_id']) if (parameter.startsWith('account')) delete args[each];
  for (const each of ['thread_id', 'in_reply_to', 'draft_id']) if (/send|draft/.test(name)) delete args[each];
  return args;
}

it('the parameters of all tools and routes are known here: each names something or is the caller’s own word', () => {
  const shapes = [...EVERY, ...ROUTES].map(({ input }) => Object.keys(input.shape));
  for (const { path } of ROUTES) shapes.push([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!));
  expect([...new Set(shapes.flat())].filter((name) => !(name in NAMING) && !WORDS.has(name))).toEqual([]);
});

describe('another person’s id', () => {
  it('is to every tool, in every parameter that names something, what an unknown id is', async () => {
    const asked: { who: string; name: string; parameter: string; pair: Pair; args: object }[] = [];
    for (const [who, { foreign }] of Object.entries(callers))
      for (const { name, input, needs } of EVERY) {
        // Who may not call it at all is turned away before anything is read.
        const mayCall = who === 'key' ? needs !== 'profile' : isPermission(needs) || needs === 'profile';
        for (const parameter of namingOf(input.shape)) {
          // Whether an address is taken is told to whoever proves that it is his; here the login fails before.
          if (name === 'add_gmail_account' && parameter === 'email') continue;
          const args = argsOf(name, input.shape, parameter);
          for (const pair of mayCall ? foreign : foreign.slice(0, 1)) asked.push({ who, name, parameter, pair, args });
        }
      }
    let compared = 0;
    await severally(asked, async ({ who, name, parameter, pair, args }) => {
      const ids = [pair.foreign, pair.unknown];
      const [one, other] = await Promise.all(
        ids.map((id) => callAs(callers[who]!.agent, a.wire.url, name, { ...args, [parameter]: id })),
      );
      expect(without(one!, ids), `${who} ${name} ${parameter}: ${pair.what}`).toBe(without(other!, ids));
      compared++;
    });
    expect(compared).toBeGreaterThan(1200);
  }, 90_000);

  it('is that also when all parameters name that person’s things together', async () => {
    for (const [who, { agent }] of Object.entries(callers))
      for (const { name, input } of EVERY) {
        const answers = [];
        const theirs = Object.fromEntries(namingOf(input.shape).map((each) => [each, NAMING[each]!(b)]));
        for (const account of [theirs.account_id ?? '', 'acc_00000000000000000000000000']) {
          const args = { ...theirs, ...(input.shape.body && { body: 'Hello.' }), account_id: account };
          const fitting = Object.fromEntries(Object.entries(args).filter(([each]) => each in input.shape));
          if (name === 'add_gmail_account') delete fitting.email;
          answers.push(without(await callAs(agent, a.wire.url, name, fitting), [account]));
        }
        expect(answers[0], `${who} ${name}`).toBe(answers[1]);
        expect(answers[0], `${who} ${name}`).toMatch(/not_found|forbidden|invalid_input|"messages":\[\]/);
      }
  });

  it('changes nothing of that person’s, and no word of that person came back', async () => {
    expect(await stateOf(house.room, b)).toBe(before);
    expect(a.wire.leaks).toEqual([]);
    expect(a.wire.requests).toBeGreaterThan(2500);
  });

  it('would have been noticed: what its owner reads through the same detector is a leak', async () => {
    const [mail] = b.accounts[0].mails;
    await callAs(b.whole, a.wire.url, 'gmail_read_message', { message_id: mail!.id });
    const words = new Set(a.wire.leaks.map(({ word }) => word));
    for (const word of [mail!.body, ...mail!.sender.match(/cnry\w+/g)!]) expect(words).toContain(word);
  });
});
