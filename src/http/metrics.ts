// What a monitoring system scrapes (Prometheus text format): calls as they end, and the state of accounts and outbox at the moment
// of asking. Labels name tools, routes, codes and states; never a person, an address or an id.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { House } from '../actions/context.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ACCOUNT_STATES = ['active', 'paused', 'needs_reauth'] as const;
const SEND_STATES = ['queued', 'leaving', 'sent', 'failed', 'unknown'] as const;

export class Metrics {
  readonly #registry = new Registry();
  readonly #calls: Counter;
  readonly #seconds: Histogram;
  readonly #accounts: Gauge;
  readonly #troubled: Gauge;
  readonly #stalest: Gauge;
  readonly #outbox: Gauge;

  constructor(version: string) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      name: 'mailroom_build_info',
      help: 'Always 1; the version is the label.',
      labelNames: ['version'],
      registers,
    })
      .labels(version)
      .set(1);
    this.#calls = new Counter({
      name: 'mailroom_calls_total',
      help: 'Calls of tools and routes that ended, by outcome: ok or the code of the error.',
      labelNames: ['called', 'outcome'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'mailroom_call_duration_seconds',
      help: 'How long calls took.',
      labelNames: ['called'],
      buckets: SECONDS,
      registers,
    });
    this.#accounts = new Gauge({
      name: 'mailroom_accounts',
      help: 'Accounts by status.',
      labelNames: ['status'],
      registers,
    });
    this.#troubled = new Gauge({
      name: 'mailroom_accounts_in_trouble',
      help: 'Active accounts whose last sync failed.',
      registers,
    });
    this.#stalest = new Gauge({
      name: 'mailroom_sync_age_seconds',
      help: 'Since the active account that waits longest was last known to be in step; 0 when there is none.',
      registers,
    });
    this.#outbox = new Gauge({
      name: 'mailroom_outbox',
      help: 'Mails in the outbox by state.',
      labelNames: ['state'],
      registers,
    });
  }

  readonly called = (called: string, outcome: string, ms: number): void => {
    this.#calls.labels(called, outcome).inc();
    this.#seconds.labels(called).observe(ms / 1000);
  };

  async text({ control, sync, now }: House): Promise<string> {
    const accounts = await control.accounts();
    for (const status of ACCOUNT_STATES)
      this.#accounts.labels(status).set(accounts.filter((each) => each.status === status).length);
    const active = accounts.filter(({ status }) => status === 'active');
    this.#troubled.set(active.filter(({ last_error }) => last_error !== null).length);
    const ages = active.map(({ id, created_at }) => now() - (sync.asOfMs(id) ?? created_at));
    this.#stalest.set(Math.max(0, ...ages) / 1000);
    const counts = await control.outbox.counts();
    for (const state of SEND_STATES) this.#outbox.labels(state).set(counts.get(state) ?? 0);
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
