// Calls of the Gmail API for ONE account: its token, its share of Google's quota, and patience. Knows no mail.
import type { z } from 'zod';
import { AppError } from '../../base/errors.ts';
import type { AccessTokens } from '../port.ts';
import { foreign } from '../refusals.ts';
import { type Fault, faultOf } from './errors.ts';
import { exchange, type HttpAnswer, type HttpRequest, type Lost } from './exchange.ts';
import { type AccountLimits, abandoned, COSTS, type GmailClock, type GmailLimits } from './quota.ts';

/** Where the Gmail API is, and what all accounts there share. */
export interface GmailServer {
  /** The origin, without /gmail/v1. */
  readonly apiUrl: string;
  /** Where Google publishes news of mailboxes (`projects/…/topics/…`); null: no push is asked for. */
  readonly topic: string | null;
  readonly limits: GmailLimits;
  /** How long an answer may be silent. Only tests have a reason to differ. */
  readonly silenceMs?: number;
}

export type Method = keyof typeof COSTS;

export interface Call {
  readonly method: HttpRequest['method'];
  /** Below `/gmail/v1/users/me/`, segments encoded; with a leading slash from the origin on. */
  readonly path: string;
  /** The method that is charged. */
  readonly as: Method;
  /** How often it is charged. */
  readonly times?: number;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Sent as JSON, or as it is. */
  readonly body?: object | { readonly contentType: string; readonly bytes: Uint8Array | string };
  /** The least scope that the method takes, told when it was not granted. */
  readonly scope?: string;
  /** Fewer than usual, for what has failed before. */
  readonly mostTries?: number;
  /** Part of an import: callers go first. */
  readonly inBackground?: boolean;
  /** Waits until others have left enough of a minute's units; an import does anyway. */
  readonly patient?: boolean;
  readonly mostBytes?: number;
  /** Statuses that are an answer too, where a server may lack the method. */
  readonly answers?: readonly number[];
  /** A limit that it meets says nothing of other calls, which go on. */
  readonly apart?: boolean;
  readonly signal: AbortSignal;
}

/** What became of a call that must not be made twice. */
export type Outcome<T> =
  /** `value` is null when Google took it and the answer cannot be read. */
  | { readonly kind: 'done'; readonly value: T | null }
  /** It did nothing. `temporary`: a later try may succeed. `forAll`: any other call of the account would meet the same now. */
  | { readonly kind: 'refused'; readonly error: AppError; readonly temporary: boolean; readonly forAll: boolean }
  /** It left, and no answer tells what came of it. */
  | { readonly kind: 'unknown'; readonly error: AppError };

const MOST_TRIES = 5;
/** Of what may just as well be a mistake of ours. */
const FEW_TRIES = 2;
const LAST_BACKOFF_MS = 32_000;
/** A limit that asks for longer is told at once; all of the account waits. */
const LONGEST_WAIT_MS = 10_000;
const MINUTE_MS = 60_000;
const MOST_BYTES = 32 * 1024 * 1024;
const SCOPE = 'gmail.readonly';

type Tried =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly status: number }
  | { readonly kind: 'lost'; readonly lost: Lost };

export class GmailApi {
  readonly #origin: string;
  readonly #tokens: AccessTokens;
  readonly #silenceMs: number | undefined;
  readonly limits: AccountLimits;
  readonly clock: GmailClock;

  constructor({ apiUrl, limits, silenceMs }: GmailServer, tokens: AccessTokens, email: string) {
    this.#origin = apiUrl;
    this.#tokens = tokens;
    this.#silenceMs = silenceMs;
    this.limits = limits.of(email);
    this.clock = limits.clock;
  }

  /**
   * A call that may be made again: it is, a few times, while Google has trouble or asks for a moment's patience. Rejects with
   * an AppError; a longer wait is `rate_limited` with `retryAt`, and holds all calls of the account until then.
   */
  async request<T>(shape: z.ZodType<T>, call: Call): Promise<T> {
    const { body } = await this.raw(call);
    const value = understood(shape, body);
    if (value === null) throw unintelligible();
    return value;
  }

  /** The same, its answer as it came. */
  async raw(call: Call): Promise<HttpAnswer> {
    for (let tries = 1; ; tries++) {
      const tried = await this.#try(call);
      if (tried.kind === 'answer') return tried.answer;
      if (call.signal.aborted) throw abandoned();
      if (tried.kind === 'lost') {
        const { error, mayHaveLeft } = tried.lost;
        if (!mayHaveLeft || error.code !== 'unavailable' || tries >= FEW_TRIES) throw error;
      } else {
        const { fault, status } = tried;
        if (fault.error.code === 'rate_limited') {
          if (call.apart) throw fault.error;
          this.#hold(fault, tries);
          continue;
        }
        const most = Math.min(call.mostTries ?? MOST_TRIES, status === 400 ? FEW_TRIES : MOST_TRIES);
        if (fault.again === 'never' || tries >= most) throw fault.error;
      }
      await this.clock.sleep(this.#backoff(tries), call.signal);
    }
  }

  /** A call that must not be made twice, such as sending. Never rejects. Charged and timed as any other. */
  async once<T>(shape: z.ZodType<T>, call: Call): Promise<Outcome<T>> {
    try {
      const tried = await this.#try(call);
      if (tried.kind === 'answer') return { kind: 'done', value: understood(shape, tried.answer.body) };
      if (tried.kind === 'lost') {
        const { error, mayHaveLeft, status } = tried.lost;
        if (status !== null && status < 300) return { kind: 'done', value: null };
        return mayHaveLeft ? { kind: 'unknown', error } : { kind: 'refused', error, temporary: true, forAll: true };
      }
      const { error } = tried.fault;
      if (tried.status >= 500) return { kind: 'unknown', error };
      // A limit on sending may name a time hours away, and reading goes on meanwhile.
      if (error.code === 'rate_limited' && call.as !== 'messages.send')
        this.#holdFor(tried.fault, error.retryAt ?? this.clock.now() + MINUTE_MS);
      return refused(error, tried.fault.again === 'later');
    } catch (error) {
      if (error instanceof AppError) return refused(error, false);
      return refused(new AppError('internal', 'The Gmail API could not be asked.', { cause: error }), false);
    }
  }

  /** One try, and a second one with another token when the first is refused. Rejects when nothing was asked of Google. */
  async #try(call: Call): Promise<Tried> {
    const { as, times = 1, inBackground = false, patient = inBackground, signal } = call;
    let token = await this.#tokens.current();
    for (let fresh = false; ; fresh = true) {
      await this.limits.spend(COSTS[as] * times, inBackground, signal, patient);
      const answer = await this.limits.inTurn(inBackground, () => exchange(this.#http(call, token), this.#silenceMs));
      if ('error' in answer) return { kind: 'lost', lost: answer };
      if ((answer.status >= 200 && answer.status < 300) || call.answers?.includes(answer.status))
        return { kind: 'answer', answer };
      const { status, retryAfter, body } = answer;
      const fault = faultOf({ status, retryAfter, body: body.toString() }, call.scope ?? SCOPE, this.clock.now());
      if (fault.again !== 'token' || fresh) return { kind: 'fault', fault: last(fault), status };
      token = await this.#tokens.instead(token);
    }
  }

  #http({ method, path, query, body, mostBytes = MOST_BYTES, signal }: Call, token: string): HttpRequest {
    const url = new URL(path.startsWith('/') ? path : `/gmail/v1/users/me/${path}`, this.#origin);
    for (const [name, value] of Object.entries(query ?? {}))
      for (const each of Array.isArray(value) ? value : [value])
        if (each !== undefined) url.searchParams.append(name, String(each));
    const raw = body && 'bytes' in body ? body : null;
    return {
      method,
      url,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        // Google compresses only for those who say gzip in both.
        'accept-encoding': 'gzip',
        'user-agent': 'Mailroom (gzip)',
        ...(body && { 'content-type': raw ? raw.contentType : 'application/json' }),
      },
      body: raw ? raw.bytes : body ? JSON.stringify(body) : null,
      mostBytes,
      signal,
    };
  }

  /** Holds the account as long as Google asks for; throws when nobody can wait for that, or it has been asked for too often. */
  #hold(fault: Fault, tries: number): void {
    const now = this.clock.now();
    const isLast = fault.again === 'never' || tries >= MOST_TRIES;
    const until = fault.holdUntil ?? now + (isLast ? MINUTE_MS : this.#backoff(tries));
    const held = this.#holdFor(fault, until);
    if (isLast || until - now > LONGEST_WAIT_MS) throw held;
  }

  #holdFor({ error: { code, message, hint, cause } }: Fault, retryAt: number): AppError {
    const held = new AppError(code, message, { hint, cause, retryAt, definite: true });
    this.limits.hold(held);
    return held;
  }

  #backoff = (tries: number): number => Math.min(LAST_BACKOFF_MS, 2 ** (tries - 1) * 1000) + this.clock.random() * 1000;
}

/** A new token has been tried. Google gave it out a moment ago, so the grant is good, and what does not take it is in trouble. */
function last(fault: Fault): Fault {
  if (fault.again !== 'token') return fault;
  const error = new AppError('unavailable', 'Gmail does not accept an access token that Google has just given.', {
    hint: 'It is tried again by itself.',
    cause: fault.error.cause,
  });
  return { ...fault, error, again: 'never' };
}

function refused<T>(error: AppError, temporary: boolean): Outcome<T> {
  const { code } = error;
  const passes = temporary || code === 'rate_limited' || code === 'unavailable';
  const forAll = passes || code === 'account_rejected' || code === 'forbidden';
  return { kind: 'refused', error, temporary: passes, forAll };
}

function understood<T>(shape: z.ZodType<T>, body: Buffer): T | null {
  try {
    return shape.parse(JSON.parse(body.toString() || '{}'));
  } catch {
    return null;
  }
}

export const unintelligible = (text = ''): AppError =>
  new AppError('unavailable', 'Gmail’s answer cannot be understood.', {
    hint: 'It is tried again by itself.',
    cause: foreign(text || 'an answer of another shape', '200'),
  });
