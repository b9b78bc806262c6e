// The MCP door as HTTP mounts it: both transports over one offer. Knows no route.
import type { ServerResponse } from 'node:http';
import type { Session } from '../auth/session.ts';
import type { Logger } from '../base/log.ts';
import { Desk } from './desk.ts';
import { joined, type Offer } from './offer.ts';
import { SseDoor } from './sse.ts';
import type { StepUp } from './step-up.ts';
import { type Knock, StreamableDoor } from './streamable.ts';

export interface McpDoor {
  /** Streamable HTTP. */
  answer(knock: Knock): Promise<Response>;
  /** HTTP+SSE: opens the stream. */
  openStream(response: ServerResponse, endpoint: string, session: Session): Promise<void>;
  /** HTTP+SSE: takes a message for an open stream. */
  takeMessage(request: Request, session: Session, stepUp?: StepUp): Promise<Response>;
  /** Lets calls at hand end, then closes what is open. */
  close(): Promise<void>;
}

export interface McpDoorOptions {
  readonly offers: readonly Offer[];
  readonly version: string;
  readonly log: Logger;
  readonly now: () => number;
}

export function createMcpDoor({ offers, version, log, now }: McpDoorOptions): McpDoor {
  const desk = new Desk(joined(offers));
  const streamable = new StreamableDoor(desk, version, log, now);
  const sse = new SseDoor(desk, version, now);
  return {
    answer: (knock) => streamable.answer(knock),
    openStream: (response, endpoint, session) => sse.open(response, endpoint, session),
    takeMessage: (request, session, stepUp) => sse.take(request, session, stepUp),
    async close() {
      await desk.quiet();
      sse.close();
      await streamable.close();
    },
  };
}
