// The thread that reads one attachment and ends. Knows nothing but its bytes.
import { parentPort, workerData } from 'node:worker_threads';
import { attachmentText } from '../mail/attachment-text.ts';
import type { ExtractorJob } from './extractor.ts';

const { bytes, as } = workerData as ExtractorJob;
parentPort!.postMessage(await attachmentText(bytes, as));
