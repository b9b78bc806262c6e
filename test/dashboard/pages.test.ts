// Every page of the dashboard, behind a path prefix, as different people use it: in light and dark, at a desk and on a phone, by
// keyboard, with a screen reader (axe, WCAG 2.2 AA); it asks no other host and loads little.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLock } from '../../src/store/lock.ts';
import { type Chromium, chromiumAvailable, startChromium, type Visitor } from '../support/chromium.ts';
import { type LivelyHouse, ME, startLivelyHouse } from '../support/lively-house.ts';
import { eventually } from '../support/mailroom.ts';
import { type PrefixProxy, startPrefixProxy } from '../support/prefix-proxy.ts';
import { signInAs } from '../support/signed-in.ts';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const MOST_SCRIPT_BYTES = 150_000;
/** Of one page, on a machine that is busy with something else. */
const LIMIT_MS = 180_000;

let proxy: PrefixProxy;
let house: LivelyHouse;
let chromium: Chromium;
let visitor: Visitor;

beforeAll(async () => {
  if (!chromiumAvailable()) return;
  proxy = await startPrefixProxy('/mail-room');
  house = await startLivelyHouse({
    env: { PUBLIC_URL: proxy.url },
    reached: ({ folder }) => proxy.leadTo(readLock(join(folder, 'data'))!.url!),
  });
  chromium = await startChromium();
  visitor = await chromium.visitor({ ours: new URL(proxy.url).origin, viewport: DESK, reducedMotion: 'reduce' });
  await signIn(visitor);
}, LIMIT_MS);
afterAll(async () => {
  await chromium?.close();
  await house?.close();
  await proxy?.close();
});

const signIn = ({ page }: Visitor): Promise<void> => signInAs(ME, page, house.room);

/** Once nothing on it is still to come. */
async function open(path: string): Promise<void> {
  const { page } = visitor;
  await page.goto(proxy.url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await eventually(async () => (await page.getByText('Loading …').count()) === 0);
  await visitor.settled();
}

const overflow = (): Promise<number> =>
  visitor.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** What can be reached by Tab from the top, in order, and what of it shows no focus; then what could be used but not reached. */
async function byKeyboard(): Promise<{ unseen: string[]; unreached: string[] }> {
  const { page } = visitor;
  await page.evaluate(`(() => {
    const controls = 'a[href], button, input, select, textarea, summary, [tabindex]';
    const isOf = (each) => !each.disabled && each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true }) &&
      !(each.type === 'radio' && !each.checked && document.querySelector('input[type=radio]:checked[name="' + each.name + '"]'));
    window.unreached = new Set([...document.querySelectorAll(controls)].filter(isOf));
    window.nameOf = (each) => each.outerHTML.slice(0, 120);
    window.unseen = [];
    document.activeElement.blur();
    getSelection().removeAllRanges();
  })()`);
  const most = (await page.evaluate<number>('window.unreached.size')) + 5;
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    const isOver = await page.evaluate<boolean>(`(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return true;
      if (!window.unreached.has(at)) return window.unreached.size === 0;
      window.unreached.delete(at);
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) window.unseen.push(window.nameOf(at));
      return false;
    })()`);
    if (isOver) break;
  }
  return page.evaluate('({ unseen: window.unseen, unreached: [...window.unreached].map(window.nameOf) })');
}

const PAGES: readonly (readonly [name: string, path: (house: LivelyHouse) => string])[] = [
  ['the overview', () => '/'],
  ['integrations', () => '/settings/integrations'],
  ['agents', () => '/settings/agents'],
  ['one agent', ({ agent }) => `/settings/agents/${agent}`],
  ['security', () => '/settings/security'],
  ['mail', ({ emails }) => `/mail?account=${emails.jane}&q=in%3Ainbox`],
  ['one mail', ({ emails, message }) => `/mail?account=${emails.jane}&message=${message}`],
  ['activity', () => '/activity'],
  ['the outbox', () => '/sending'],
  ['operation', () => '/operation'],
];

describe.skipIf(!chromiumAvailable())('a page of the dashboard', { timeout: LIMIT_MS }, () => {
  it.each(PAGES)('can be used by everybody: %s', async (_, path) => {
    const { page } = visitor;
    visitor.complaints.length = 0;
    await page.setViewportSize(DESK);
    await page.emulateMedia({ colorScheme: 'light' });
    await open(path(house));
    expect(await visitor.violations('all'), 'light, at a desk').toEqual([]);
    expect(await overflow(), 'scrolls sideways at a desk').toBe(0);
    expect(await byKeyboard()).toEqual({ unseen: [], unreached: [] });
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await visitor.violations('looks'), 'dark, at a desk').toEqual([]);
    await page.setViewportSize(PHONE);
    expect(await visitor.violations('looks'), 'dark, on a phone').toEqual([]);
    expect(await overflow(), 'scrolls sideways on a phone').toBe(0);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await visitor.violations('looks'), 'light, on a phone').toEqual([]);
    if (path(house).includes('message=')) visitor.expected(/tracker\.example.* The action has been blocked/);
    expect(visitor.complaints).toEqual([]);
  });

  it('is there also when somebody goes to it by its way, under the prefix', async () => {
    const { page } = visitor;
    await page.setViewportSize(DESK);
    await open('/');
    for (const name of ['Integrations', 'Agents', 'Mail', 'Activity', 'Outbox', 'Security', 'Operation']) {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      expect(new URL(page.url()).pathname).toMatch(/^\/mail-room\//);
      // Whoever does not see the page change hears where he is.
      await eventually(async () => (await page.evaluate('document.activeElement.tagName')) === 'H1');
    }
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('shows what an agent reads beside what a person sees, and on a phone one under the other', async () => {
    const { page } = visitor;
    const places = async () => {
      const sections = [/^As an agent/, /^As a person/].map((name) => page.getByRole('region', { name }));
      const [agent, person] = await Promise.all(sections.map((each) => each.boundingBox()));
      return { agent: agent!, person: person! };
    };
    for (const width of [1024, 1280, 1600]) {
      await page.setViewportSize({ width, height: 800 });
      await open(`/mail?account=${house.emails.jane}&message=${house.message}`);
      const { agent, person } = await places();
      expect(person.x, `at ${width}`).toBeGreaterThanOrEqual(agent.x + agent.width);
      expect(person.y).toBe(agent.y);
      expect(agent.width).toBeGreaterThan(300);
      expect(await overflow()).toBe(0);
    }
    await page.setViewportSize(PHONE);
    const { agent, person } = await places();
    expect(person.y).toBeGreaterThanOrEqual(agent.y + agent.height);
    const reader = page.getByRole('region', { name: 'As an agent reads it' });
    await reader.getByText('Hidden text removed in 1 place').waitFor();
    expect(await reader.innerText()).not.toContain('collect@elsewhere.example');
    await visitor.settled();
    visitor.expected(/tracker\.example.* The action has been blocked/);
    expect(visitor.complaints).toEqual([]);
  });

  it('marks what a mail of a conversation repeats where it was left out', async () => {
    const { page } = visitor;
    await page.setViewportSize(DESK);
    await open(`/mail?account=${house.emails.jane}&message=${house.answer}`);
    const reader = page.getByRole('region', { name: 'As an agent reads it' });
    await reader.getByText('> The boat is ready.').waitFor();
    await reader.getByRole('button', { name: 'Its conversation' }).click();
    await reader.getByText('Quoted text is left out in 1 place').waitFor();
    expect(await reader.locator('mark').innerText()).toMatch(/^\[quoted: message \w+\]$/);
    expect(await visitor.violations('all')).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });

  it('comes back from a mail to the list as it was', async () => {
    const { page } = visitor;
    await page.setViewportSize(DESK);
    await open(`/mail?account=${house.emails.jane}&q=in%3Aanywhere`);
    const mails = page.getByRole('main').getByRole('listitem').getByRole('button');
    await mails.nth(15).scrollIntoViewIfNeeded();
    const y = await page.evaluate<number>('scrollY');
    expect(y).toBeGreaterThan(0);
    await mails.nth(15).click();
    await page.getByRole('heading', { level: 2 }).waitFor();
    expect(await page.evaluate('[scrollY, document.activeElement.tagName]')).toEqual([0, 'H2']);
    expect(await mails.nth(15).isVisible()).toBe(false);
    const second = page.getByRole('button', { name: 'Older' });
    await second.click();
    await page.getByRole('heading', { level: 2 }).waitFor();
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await mails.nth(15).waitFor();
    expect(await page.evaluate('scrollY')).toBe(y);
    expect(await page.evaluate('document.activeElement.id')).toBe(await mails.nth(16).getAttribute('id'));
    // Of pictures in these mails, which are told elsewhere.
    await visitor.settled();
    visitor.complaints.length = 0;
  });

  it('says so when the address names a mail or an account that is not here', async () => {
    const { page } = visitor;
    await open(`/mail?account=${house.emails.jane}&message=ffffffffff`);
    await page.getByRole('heading', { level: 2, name: 'This mail is not here' }).waitFor();
    visitor.expected(/status of 404/);
    await open('/mail?account=nobody@gmail.example');
    await page.getByRole('heading', { level: 2, name: 'You have no account nobody@gmail.example' }).waitFor();
    expect(await page.getByRole('main').innerText()).not.toMatch(/GET |[{}]|_id/);
    expect(visitor.complaints).toEqual([]);
  });

  it('tells what stands where one points in a plot', async () => {
    const { page } = visitor;
    await page.setViewportSize(DESK);
    await open('/activity');
    await page.getByRole('button', { name: 'Hour' }).click();
    const plot = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Calls by agent' }) });
    await plot.getByText('calls, by 1 min').waitFor();
    // Calls were made a little while ago: from the right on there is a bar soon. New counts draw the plot anew.
    await eventually(async () => {
      const { x = 0, y = 0, width = 0, height = 0 } = (await plot.locator('.u-over').boundingBox()) ?? {};
      for (let left = width - 1; left > 0; left -= 3) {
        await page.mouse.move(x + left, y + height / 2);
        if (/Claude on my laptop\s*\d+ calls/.test(await plot.innerText())) return true;
      }
      return false;
    });
    expect(visitor.complaints).toEqual([]);
  });

  it('writes times and amounts in English too, whatever the browser speaks', async () => {
    const { context } = visitor;
    const german = await chromium.visitor({
      ours: new URL(proxy.url).origin,
      locale: 'de-DE',
      storageState: await context.storageState(),
    });
    await german.page.goto(`${proxy.url}/mail?account=${house.emails.jane}&message=${house.message}`);
    await german.page.getByText(/^\w+day, \d+ \w+ \d{4} at \d\d:\d\d$/).waitFor();
    await german.close();
  });

  it('has a menu on a phone that says where one is, and closes by itself', async () => {
    const { page } = visitor;
    await page.setViewportSize(PHONE);
    await open('/settings/agents');
    const menu = page.getByRole('button', { name: /^Menu/ });
    const ways = page.getByRole('navigation', { name: 'Pages' });
    expect(await menu.innerText()).toContain('Agents');
    expect(await ways.isVisible()).toBe(false);
    await menu.focus();
    await page.keyboard.press('Enter');
    expect(await ways.getByRole('link').count()).toBe(8);
    expect(await ways.locator('[aria-current=page]').innerText()).toBe('Agents');
    expect(await visitor.violations('all')).toEqual([]);
    expect(await overflow()).toBe(0);
    await page.keyboard.press('Escape');
    expect(await ways.isVisible()).toBe(false);
    expect(await menu.getAttribute('aria-expanded')).toBe('false');
    expect(await page.evaluate('document.activeElement.innerText')).toContain('Agents');
    await page.keyboard.press('Enter');
    await ways.getByRole('link', { name: 'Activity' }).click();
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor();
    expect(await ways.isVisible()).toBe(false);
    expect(await menu.innerText()).toContain('Activity');
    expect(visitor.complaints).toEqual([]);
  });

  it('says in plain words that an agent is not here, and leads back', async () => {
    const { page } = visitor;
    await page.setViewportSize(DESK);
    await open('/settings/agents/nobody');
    await page.getByRole('heading', { level: 1, name: 'There is no such agent' }).waitFor();
    expect(await page.getByRole('main').innerText()).not.toMatch(/GET |[{}]|_id/);
    expect(await visitor.violations('all')).toEqual([]);
    await page.getByRole('link', { name: 'See your agents' }).click();
    await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
    visitor.expected(/status of 404/);
    expect(visitor.complaints).toEqual([]);
  });

  it('says so when an address leads nowhere, and leads back', async () => {
    const { page } = visitor;
    await page.setViewportSize(DESK);
    await open('/settings/elsewhere/deeper');
    await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
    expect(await visitor.violations('all')).toEqual([]);
    await page.getByRole('link', { name: 'Go to the overview' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    visitor.expected(/status of 404/);
    expect(visitor.complaints).toEqual([]);
  });

  it('loads little on the first visit', async () => {
    const first = await chromium.visitor({ ours: new URL(proxy.url).origin });
    try {
      await first.context.addCookies(await visitor.context.cookies());
      const scripts: Promise<number>[] = [];
      first.page.on('requestfinished', (request) => {
        if (request.resourceType() === 'script') scripts.push(request.sizes().then((sizes) => sizes.responseBodySize));
      });
      await first.page.goto(proxy.url);
      await first.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      await first.settled();
      const sizes = await Promise.all(scripts);
      expect(sizes.length).toBeGreaterThan(1);
      expect(sizes.reduce((all, each) => all + each, 0)).toBeLessThan(MOST_SCRIPT_BYTES);
      expect(first.complaints).toEqual([]);
    } finally {
      await first.close();
    }
  });
});
