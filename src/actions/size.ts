// How large an answer may be, since a model pays for every word of it. Pure.

/**
 * What the items of one answer may weigh, in bytes of JSON: about 7,000 tokens of any script. The rest comes by page.
 */
export const ANSWER_BYTES = 28_000;

/** How many of the items fit into one answer: at least the first, so that paging always goes on. */
export function fitting(items: readonly object[], budget = ANSWER_BYTES): number {
  let spent = 0;
  for (const [index, item] of items.entries()) {
    spent += weight(item);
    if (spent > budget && index > 0) return index;
  }
  return items.length;
}

/** Its bytes; those of a body that no blank breaks, as in links and encoded data, cost a model three times as much. */
export function weight(item: object): number {
  const { body } = item as { body?: unknown };
  const unbroken = typeof body === 'string' ? (body.match(UNBROKEN) ?? []) : [];
  return unbroken.reduce((sum, run) => sum + 2 * run.length, Buffer.byteLength(JSON.stringify(item)));
}

const UNBROKEN = /[\x21-\x7e]{30,}/g;

/** At most `most` code points; `…` stands for the rest. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  const chars = [...text];
  return chars.length <= most ? text : `${chars.slice(0, most - 1).join('')}…`;
}
