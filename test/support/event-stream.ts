// A reader of server-sent events, as a program or a page reads them. Knows no caller.
import type { Browser } from './browser.ts';

export interface Told {
  readonly kind: string;
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads events of any shape
  readonly data: any;
}

export interface EventStream {
  readonly status: number;
  /** Every byte so far. */
  readonly text: string;
  readonly told: readonly Told[];
  /** Reads on until an event is one of these; the stream must not end before. */
  until(fits: (told: Told) => boolean): Promise<Told>;
  /** Reads on until the stream ends, by whatever. */
  ended(): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when the server has answered; an answer that is no stream has been read to its end. */
export async function openEvents(url: string, headers: Record<string, string>, lastId?: string): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(`${url}/events`, {
    headers: { ...headers, ...(lastId !== undefined && { 'last-event-id': lastId }) },
    signal: abort.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const told: Told[] = [];
  let text = '';
  let rest = '';
  /** False at the end, also where it is broken off. */
  const more = async (): Promise<boolean> => {
    const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
    if (done) return false;
    text += value;
    const frames = (rest + value).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const [, kind, id, data] = /^event: (\w+)\nid: (\S+)\ndata: (.*)$/.exec(frame) ?? [];
      if (kind) told.push({ kind, id: id!, data: JSON.parse(data!) });
    }
    return true;
  };
  const stream: EventStream = {
    status: response.status,
    get text() {
      return text;
    },
    told,
    async until(fits) {
      for (let i = 0; ; i++) {
        while (i >= told.length) if (!(await more())) throw new Error(`the stream ended:\n${text}`);
        if (fits(told[i]!)) return told[i]!;
      }
    },
    async ended() {
      while (await more());
    },
    async close() {
      abort.abort();
      await stream.ended();
    },
  };
  // Its first bytes come at once: what was missed or came meanwhile is among them.
  if (response.status === 200) await more();
  else await stream.ended();
  return stream;
}

/** As a page of ours asks in that browser. */
export function pageOf(browser: Browser): Record<string, string> {
  const [{ name, value } = { name: '', value: '' }] = browser.cookies;
  return { cookie: `${name}=${value}`, 'sec-fetch-site': 'same-origin' };
}

export const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
