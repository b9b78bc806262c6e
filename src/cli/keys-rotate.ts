// Changes the encryption key and prints what was sealed anew. Knows only the owner's public door.
import type { Config } from '../config.ts';
import { ownerOf } from './owner.ts';

interface Report {
  readonly writing: string;
  readonly made: boolean;
  readonly tables: Readonly<Record<string, { rewrapped: number; already: number; unopenable: readonly string[] }>>;
  readonly not_needed: readonly string[];
  readonly put_aside: readonly string[];
  readonly next: readonly string[];
}

/** Status 1 when a value does not open. */
export async function keysRotate(config: Config): Promise<number> {
  const { caller, running } = await ownerOf(config, { idle: true });
  try {
    const report = (await caller.rest('POST', '/keys/rotate')).body as unknown as Report;
    for (const line of told(report)) process.stdout.write(`${line}\n`);
    return Object.values(report.tables).some(({ unopenable }) => unopenable.length > 0) ? 1 : 0;
  } finally {
    await running?.stop();
  }
}

function* told({ writing, made, tables, not_needed, put_aside, next }: Report): Generator<string> {
  yield `Everything is sealed under key ${writing}${made ? ', made now' : ''}.`;
  for (const [table, { rewrapped, already, unopenable }] of Object.entries(tables)) {
    yield `  ${table}: ${rewrapped} wrapped anew, ${already} were already`;
    for (const row of unopenable) yield `    does NOT open: ${row}`;
  }
  for (const id of not_needed) yield `Key ${id} seals nothing any more.`;
  for (const path of put_aside) yield `It lies in ${path} now.`;
  yield* next;
}
