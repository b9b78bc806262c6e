// The import thread: reads mails and writes them, for the accounts pinned to it. Knows no server and no door.
import { parentPort, workerData } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import { AppError } from '../base/errors.ts';
import { MailboxWriter } from '../store/mailbox-writer.ts';
import { importBatch } from './import.ts';
import type { AccountFile, Failure, Job, Outcome } from './pool.ts';
import { rehearse } from './rehearsal.ts';

/** Written after each mail that was read, so that the main thread sees a mail that never ends. */
const heartbeat = new Int32Array((workerData as { heartbeat: SharedArrayBuffer }).heartbeat);

const writers = new LRUCache<string, MailboxWriter>({ max: 32, dispose: (writer) => writer.close() });

function writerOf({ path, owner }: AccountFile): MailboxWriter {
  const open = writers.get(path);
  if (open) return open;
  const writer = MailboxWriter.open(path, owner);
  writers.set(path, writer);
  if (writer.indexIsBehind()) setImmediate(renewIndex, path);
  return writer;
}

/** So many mails keep an import waiting for some ten milliseconds. */
const RENEWED_AT_ONCE = 20;

/** Goes on between the jobs until the whole index is made by the present version; a file that was closed waits for its next opening. */
function renewIndex(path: string): void {
  const writer = writers.peek(path);
  if (!writer) return;
  try {
    if (writer.renewIndex(RENEWED_AT_ONCE)) return;
  } catch {
    // A full disk or a busy file: begun again with the file, from the last mail that was indexed.
    return;
  }
  Atomics.add(heartbeat, 0, 1);
  setImmediate(renewIndex, path);
}

async function run(job: Job): Promise<unknown> {
  if (job.verb === 'warm') return rehearse();
  if (job.verb === 'close') return void writers.delete(job.file.path);
  const writer = writerOf(job.file);
  switch (job.verb) {
    case 'state':
      return { cursors: writer.cursors(), ...writer.held() };
    case 'knows':
      return writer.knows(job.identities);
    case 'apply':
      return job.change.kind === 'messages'
        ? importBatch(writer, job.change, () => Atomics.add(heartbeat, 0, 1))
        : writer.apply(job.change);
  }
}

function describe(error: unknown): Failure {
  if (error instanceof AppError) return { code: error.code, message: error.message, hint: error.hint };
  const code = (error as { code?: string }).code ?? '';
  if (code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR'))
    return {
      code: 'unavailable',
      message: 'The disk does not take the mail.',
      hint: 'Free some space; nothing is lost.',
    };
  if (code.startsWith('SQLITE_BUSY'))
    return { code: 'unavailable', message: 'The mailbox file is busy.', hint: 'It is tried again.' };
  return {
    code: 'internal',
    message: `The import failed (${code || (error as Error).name}).`,
    hint: '',
    detail: (error as Error).stack,
  };
}

parentPort!.on('message', async ({ ticket, job }: { ticket: number; job: Job }) => {
  let outcome: Outcome;
  try {
    outcome = { ticket, value: await run(job) };
  } catch (error) {
    outcome = { ticket, failure: describe(error) };
  }
  parentPort!.postMessage(outcome);
});

process.on('exit', () => writers.clear());
