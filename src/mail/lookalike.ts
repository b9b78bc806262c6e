// Whether a sender passes for somebody whom the mailbox's owner knows: by name, by characters that look alike, by a slip of the
// pen in the domain. Pure; knows no mailbox.
import type { Address } from './message.ts';
import { domainIn, isMailboxProvider, organisationOf } from './organisation.ts';

/** Somebody whom the owner has written to, and since when: in the order of time. */
export interface Acquaintance extends Address {
  readonly since: bigint;
}

/** Whom a sender resembles, and by what. */
export interface Lookalike {
  readonly whom: Address;
  readonly by: 'name' | 'characters' | 'domain';
}

/** A label of fewer characters is one slip away from too many honest ones. */
const SHORTEST_FOR_CHARACTERS = 4;
const SHORTEST_FOR_SLIP = 6;
/** One person may write from work and from home. */
const MOST_NAMESAKES = 2;
const MOST_NAME_CHARS = 100;
const MOST_DOMAIN_CHARS = 100;

/** The owner's acquaintances, made ready to be compared with many senders. */
export class Acquaintances {
  readonly #own: Acquaintance;
  readonly #byAddress = new Map<string, Acquaintance>();
  readonly #byName = new Map<string, Acquaintance[]>();
  readonly #byLook = new Map<string, Acquaintance[]>();
  /** The first met of each organisation. */
  readonly #organisations = new Map<string, Acquaintance>();

  constructor(owner: Address, people: Iterable<Acquaintance>) {
    this.#own = { ...owner, since: -1n };
    for (const each of [this.#own, ...people]) this.#meet(each);
  }

  #meet(each: Acquaintance): void {
    const { name, address, since } = each;
    this.#byAddress.set(address, each);
    const called = nameLook(name);
    if (called) push(this.#byName, called, each);
    push(this.#byLook, addressLook(address), each);
    const organisation = organisationOf(domainIn(address));
    const known = this.#organisations.get(organisation);
    if (organisation && !(known && known.since <= since)) this.#organisations.set(organisation, each);
  }

  /** Null for who is known himself, or resembles nobody known before the mail. */
  resembled(sender: Address, at: bigint): Lookalike | null {
    const { address } = sender;
    const domain = domainIn(address);
    if (!domain || this.#isKnown(address, at)) return null;
    const whom = (by: Lookalike['by'], found: Acquaintance | undefined): Lookalike | null =>
      found ? { whom: { name: found.name, address: found.address }, by } : null;
    const organisation = organisationOf(domain).slice(0, MOST_DOMAIN_CHARS);
    const before = (each: Acquaintance): boolean => each.since < at;
    const alike = this.#byLook
      .get(addressLook(address))
      ?.find((each) => before(each) && isOther(each.address, address));
    return (
      whom('characters', alike) ?? this.#ofDomain(organisation, before) ?? whom('name', this.#namesake(sender, before))
    );
  }

  /** A name that many bear says of nobody who he is. */
  #namesake({ name, address }: Address, before: (each: Acquaintance) => boolean): Acquaintance | undefined {
    const namesakes = this.#byName.get(nameLook(name)) ?? [];
    if (namesakes.length > MOST_NAMESAKES) return undefined;
    return namesakes.find((each) => before(each) && !isOfOne(each.address, address));
  }

  #isKnown(address: string, at: bigint): boolean {
    const known = this.#byAddress.get(address);
    return known !== undefined && known.since < at;
  }

  #ofDomain(organisation: string, before: (each: Acquaintance) => boolean): Lookalike | null {
    if (isMailboxProvider(organisation)) return null;
    const known = this.#organisations.get(organisation);
    if (known && before(known)) return null;
    const look = lookOf(organisation);
    for (const [other, whom] of this.#organisations) {
      if (Math.abs(other.length - organisation.length) > 2 || other === organisation || !before(whom)) continue;
      const by = nearness(organisation, look, other);
      if (by) return { whom: { name: whom.name, address: whom.address }, by };
    }
    return null;
  }
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** One mailbox is reached by both, as with another case or tag. */
const isOther = (a: string, b: string): boolean => a !== b && untagged(a) !== untagged(b);

const untagged = (address: string): string => {
  const [, local = '', domain = ''] = /^([^@+]*)[^@]*@(.*)$/.exec(address.toLowerCase()) ?? [];
  return `${/^g(?:oogle)?mail\.com$/.test(domain) ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${domain}`}`;
};

/** Both are the organisation's; where everybody can have an address, both are one mailbox. */
function isOfOne(a: string, b: string): boolean {
  const [one, other] = [organisationOf(domainIn(a)), organisationOf(domainIn(b))];
  return one === other && (!isMailboxProvider(one) || untagged(a) === untagged(b));
}

function nearness(organisation: string, look: string, other: string): 'characters' | 'domain' | null {
  const [label, suffix] = parted(organisation);
  const [known, knownSuffix] = parted(other);
  if (known.length >= SHORTEST_FOR_CHARACTERS && label !== known) {
    const [looks] = parted(look);
    if (looks === parted(lookOf(other))[0] && !isPlainNumber(label, known)) return 'characters';
  }
  if (label === known)
    return known.length >= SHORTEST_FOR_CHARACTERS && knownSuffix === 'com' && /^(?:co|cm|om|corn|con)$/.test(suffix)
      ? 'domain'
      : null;
  if (suffix !== knownSuffix || Math.min(label.length, known.length) < SHORTEST_FOR_SLIP) return null;
  return isOneSlip(label, known) && !isPlainNumber(label, known) ? 'domain' : null;
}

/** Numbered names of one series: `branch1` and `branch2`. */
const isPlainNumber = (a: string, b: string): boolean =>
  /\d/.test(a) && /\d/.test(b) && a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#');

function parted(domain: string): [label: string, suffix: string] {
  const at = domain.indexOf('.');
  return at < 0 ? [domain, ''] : [domain.slice(0, at), domain.slice(at + 1)];
}

/** One character more, less or another, or two neighbours the other way round. */
function isOneSlip(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let i = 0;
  while (i < short.length && short[i] === long[i]) i++;
  if (short.length < long.length) return short.slice(i) === long.slice(i + 1);
  if (short.slice(i + 1) === long.slice(i + 1)) return true;
  return short[i] === long[i + 1] && short[i + 1] === long[i] && short.slice(i + 2) === long.slice(i + 2);
}

/** Letters of other scripts, and digits, for the Latin letters that they are taken for (after Unicode Technical Standard 39). */
const TAKEN_FOR: ReadonlyMap<string, string> = new Map(
  [
    ['a', 'аɑα4@'],
    ['b', 'ЬƄ8'],
    ['c', 'сϲ'],
    ['d', 'ԁɗ'],
    ['e', 'еҽɛε3є'],
    ['f', 'ƒ'],
    ['g', 'ɡց9'],
    ['h', 'һհ'],
    ['i', 'іıɩιɪ!'],
    ['j', 'јϳ'],
    ['k', 'κк'],
    ['l', '1|ӏǀɭ'],
    ['m', 'мɱ'],
    ['n', 'ոռη'],
    ['o', '0оοօσө'],
    ['p', 'рρ'],
    ['q', 'ԛգ'],
    ['r', 'гɾ'],
    ['s', 'ѕ5$'],
    ['t', 'τт7'],
    ['u', 'υսμ'],
    ['v', 'ѵνᴠ'],
    ['w', 'ѡԝաω'],
    ['x', 'хχ×'],
    ['y', 'уүγʏ'],
    ['z', 'ᴢ2'],
  ].flatMap(([letter, others]) => [...others!].map((other): [string, string] => [other.toLowerCase(), letter!])),
);
const PLAIN = /^[a-z.@_-]*$/;

/** What a text looks like at a glance. Texts that look the same are the same here. */
export function lookOf(text: string): string {
  const lower = text.toLowerCase();
  const letters = PLAIN.test(lower)
    ? lower
    : [
        ...lower
          .normalize('NFKD')
          .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
          .toLowerCase(),
      ]
        .map((char) => TAKEN_FOR.get(char) ?? char)
        .join('');
  return letters.replaceAll('rn', 'm').replaceAll('vv', 'w').replaceAll('cl', 'd');
}

/** The @ that parts an address is no letter. */
const addressLook = (address: string): string => {
  const at = address.lastIndexOf('@');
  return `${lookOf(address.slice(0, at))}@${lookOf(domainIn(address))}`;
};

/** The words of a name in one order, however they are set; empty for one that is too common to be anybody's. */
function nameLook(name: string): string {
  const words = lookOf(name.slice(0, MOST_NAME_CHARS)).match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length >= 2 && words.join('').length >= 6 ? words.toSorted().join(' ') : '';
}
