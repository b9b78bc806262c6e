// Debian's Chromium for tests, and what every page of ours must never do in it: complain, or ask another host. Knows nothing of
// the product.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
  type Request,
} from 'playwright-core';
import { eventually } from './mailroom.ts';

const BINARY = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Only for a test that fails: a busy machine may take long. */
const LAUNCH_MS = 120_000;
const STEP_MS = 60_000;
const QUIET_MS = 500;

/** WCAG 2.0 to 2.2, levels A and AA, and what axe's makers advise beside, such as headings in order. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const OF_LOOKS = ['color-contrast', 'link-in-text-block', 'target-size', 'scrollable-region-focusable'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let told = false;

/** Whether Chromium is installed. When not: one printed line, or an error when REQUIRE_CHROMIUM=1. */
export function chromiumAvailable(): boolean {
  if (existsSync(BINARY)) return true;
  if (process.env.REQUIRE_CHROMIUM === '1') throw new Error(`REQUIRE_CHROMIUM=1, but there is no ${BINARY}`);
  if (!told) console.info('Chromium is not installed: the suites of the dashboard are skipped.');
  told = true;
  return false;
}

export interface Visit extends BrowserContextOptions {
  /** The product's origin: where its pages may ask. */
  readonly ours: string;
  /** Origins of others to which a person is sent, such as Google's; what their pages do is theirs. */
  readonly others?: readonly string[];
}

/** Somebody with a browser of his own: cookies, clipboard and storage are nobody else's. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Requests to other hosts, errors on the console, errors that nobody caught; a test expects none. */
  readonly complaints: string[];
  /** Takes out the complaints that fit, which a test has brought about; throws when there is none. */
  expected(pattern: RegExp): void;
  /** Once nothing has been asked for half a second and everything is answered, streams of events aside. */
  settled(): Promise<void>;
  /** What axe finds wrong with the page as it is, a line for each element; `looks`: only by what a theme or a width changes. */
  violations(what?: 'all' | 'looks'): Promise<string[]>;
  close(): Promise<void>;
}

export interface Chromium {
  visitor(visit: Visit): Promise<Visitor>;
  /** Ends the process that was started, and its children. */
  close(): Promise<void>;
}

export async function startChromium(): Promise<Chromium> {
  const browser = await chromium.launch({
    executablePath: BINARY,
    timeout: LAUNCH_MS,
    // A test run as root has no sandbox of the kernel; /dev/shm is small in containers; no other host is to be reached.
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
    ],
  });
  return { visitor: (visit) => visitor(browser, visit), close: () => browser.close() };
}

async function visitor(browser: Browser, { ours, others = [], ...options }: Visit): Promise<Visitor> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  context.setDefaultTimeout(STEP_MS);
  const complaints: string[] = [];
  // What a page's own policy has stopped does not come here: it was never asked.
  await context.route(
    ({ origin }) => ![ours, ...others].includes(origin),
    (route) => {
      complaints.push(`asked another host: ${route.request().url()}`);
      return route.abort();
    },
  );
  context.on('console', (message) => {
    const { url } = message.location();
    if (message.type() !== 'error' || others.some((each) => url.startsWith(`${each}/`))) return;
    complaints.push(`console: ${message.text()} (${url})`);
  });
  context.on('weberror', (error) => complaints.push(`uncaught: ${error.error().message}`));
  const asked = new Set<Request>();
  let changedAt = performance.now();
  const counts = (request: Request): boolean => request.resourceType() !== 'eventsource';
  context.on('request', (request) => {
    if (!counts(request)) return;
    asked.add(request);
    changedAt = performance.now();
  });
  const answered = (request: Request): void => {
    if (asked.delete(request)) changedAt = performance.now();
  };
  context.on('requestfinished', answered).on('requestfailed', answered);
  const page = await context.newPage();
  return {
    page,
    context,
    complaints,
    expected(pattern) {
      const rest = complaints.filter((each) => !pattern.test(each));
      if (rest.length === complaints.length) throw new Error(`nobody complained of ${pattern}: ${complaints}`);
      complaints.splice(0, complaints.length, ...rest);
    },
    async settled() {
      await eventually(async () => asked.size === 0 && performance.now() - changedAt > QUIET_MS, STEP_MS);
    },
    async violations(what = 'all') {
      const chosen = what === 'all' ? { type: 'tag', values: TAGS } : { type: 'rule', values: OF_LOOKS };
      const ran = `(async () => {
        if (!window.axe) { ${AXE} }
        const { violations } = await axe.run({ runOnly: ${JSON.stringify(chosen)}, resultTypes: ['violations'] });
        return violations.flatMap(({ id, help, nodes }) =>
          nodes.map((node) => id + ': ' + help + ' at ' + node.target.join(' ') + ' — ' + (node.failureSummary || '').replaceAll('\\n', ' ')));
      })()`;
      return page.evaluate<string[]>(ran);
    },
    close: () => context.close(),
  };
}
