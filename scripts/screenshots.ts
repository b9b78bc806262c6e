// `npm run screenshots`: pictures of every page of the dashboard, in both themes, at a desk and on a phone, with a pretend Gmail and
// made-up people. For looking at; they go to screenshots/. With `-- --docs` the README's few are made instead.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromiumAvailable, startChromium, type Visitor } from '../test/support/chromium.ts';
import { type LivelyHouse, ME, startLivelyHouse } from '../test/support/lively-house.ts';
import { signInAs } from '../test/support/signed-in.ts';

const FOLDER = join(import.meta.dirname, '../screenshots');
const SIZES = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const;
/** The README's, as small as they can be read. */
const DOCS = { folder: join(import.meta.dirname, '../docs/pictures'), window: { width: 1100, height: 980 } };
const DOCS_PAGES = ['integrations', 'agent-key', 'mail-reading'];
const THEMES = ['light', 'dark'] as const;

/** Pages by the name of their picture; `act`: what is done there before it is taken. */
interface Picture {
  readonly path: (house: LivelyHouse) => string;
  readonly act?: (visitor: Visitor) => Promise<void>;
  /** Whose; the owner's when left out. */
  readonly of?: string;
}
/** Somebody who has nothing yet. */
const NEWCOMER = 'newcomer';
const PAGES: Readonly<Record<string, Picture>> = {
  overview: { path: () => '/' },
  integrations: {
    path: () => '/settings/integrations',
    async act({ page }) {
      await page.locator('progress[value]:not([value="0"])').waitFor();
    },
  },
  agents: { path: () => '/settings/agents' },
  agent: { path: ({ agent }) => `/settings/agents/${agent}` },
  'agent-new-key': {
    path: ({ agent }) => `/settings/agents/${agent}`,
    async act({ page }) {
      await page.getByRole('button', { name: 'New key' }).click();
      await page.getByText('Narrow what it sees').click();
    },
  },
  'agent-key': {
    path: () => '/settings/agents/archive',
    async act({ page }) {
      await page.getByRole('button', { name: 'New key' }).click();
      await page.getByRole('button', { name: 'Make the key' }).click();
      await page.getByRole('tab', { name: 'Cursor' }).click();
    },
  },
  mail: { path: ({ emails }) => `/mail?account=${emails.jane}&q=in%3Ainbox` },
  'mail-completion': {
    path: ({ emails }) => `/mail?account=${emails.jane}`,
    async act({ page }) {
      await page.getByRole('combobox', { name: 'Search mail' }).pressSequentially('from:rosa i');
      await page.keyboard.press('ArrowDown');
    },
  },
  'mail-reading': { path: ({ emails, message }) => `/mail?account=${emails.jane}&q=quarter&message=${message}` },
  'mail-conversation': {
    path: ({ emails, answer }) => `/mail?account=${emails.jane}&message=${answer}`,
    async act({ page }) {
      await page.getByRole('button', { name: 'Its conversation' }).click();
      await page.locator('mark').waitFor();
    },
  },
  'mail-none': { path: ({ emails }) => `/mail?account=${emails.jane}&q=subject%3Anothing-like-this` },
  'mail-lost': { path: ({ emails }) => `/mail?account=${emails.jane}&message=ffff` },
  activity: {
    path: () => '/activity',
    async act({ page }) {
      await page.getByRole('button', { name: 'Hour' }).click();
      await page.getByText('calls, by 1 min').first().waitFor();
      const plot = page.locator('.u-over').first();
      await plot.waitFor();
      const { width = 0, height = 0 } = (await plot.boundingBox()) ?? {};
      await plot.hover({ position: { x: width - 4, y: height / 2 } });
    },
  },
  outbox: { path: () => '/sending' },
  security: { path: () => '/settings/security' },
  operation: { path: () => '/operation' },
  disconnect: {
    path: () => '/settings/integrations',
    async act({ page }) {
      await page.getByRole('button', { name: 'Disconnect' }).last().click();
    },
  },
  'outbox-unknown': {
    path: () => '/sending',
    async act({ page }) {
      await page.getByRole('button', { name: /^Unknown/ }).click();
      await page.getByRole('button', { name: /^Look, then send/ }).click();
    },
  },
  menu: {
    path: () => '/activity',
    async act({ page }) {
      const menu = page.getByRole('button', { name: /^Menu/ });
      if (await menu.isVisible()) await menu.click();
    },
  },
  lost: { path: () => '/settings/agents/nobody' },
  'overview-empty': { path: () => '/', of: NEWCOMER },
  'integrations-empty': { path: () => '/settings/integrations', of: NEWCOMER },
  'agents-empty': { path: () => '/settings/agents', of: NEWCOMER },
  'mail-empty': { path: () => '/mail', of: NEWCOMER },
  'activity-empty': { path: () => '/activity', of: NEWCOMER },
  'outbox-empty': { path: () => '/sending', of: NEWCOMER },
};

if (!chromiumAvailable()) process.exit(1);
const isForDocs = process.argv.includes('--docs');
const folder = isForDocs ? DOCS.folder : FOLDER;
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const house = await startLivelyHouse({ mails: 120 });
const chromium = await startChromium();
try {
  let taken = 0;
  for (const [size, viewport] of Object.entries(isForDocs ? { '': DOCS.window } : SIZES)) {
    const visitors = new Map<string, Visitor>();
    for (const who of [ME, NEWCOMER]) {
      const visitor = await chromium.visitor({ ours: house.room.url, viewport, reducedMotion: 'reduce' });
      await signInAs(who, visitor.page, house.room);
      visitors.set(who, visitor);
    }
    for (const [name, { path, act, of = ME }] of Object.entries(PAGES)) {
      if (isForDocs && !DOCS_PAGES.includes(name)) continue;
      const visitor = visitors.get(of)!;
      const { page } = visitor;
      await page.setViewportSize(viewport);
      await page.goto(house.room.url + path(house));
      await page.getByRole('heading', { level: 1 }).waitFor();
      await visitor.settled();
      await act?.(visitor);
      await visitor.settled();
      if (isForDocs) {
        await page.screenshot({ path: join(folder, `${name}.png`) });
        taken++;
        continue;
      }
      // The whole page as a window shows it: what is beyond the window is not drawn in a frame.
      const height = await page.evaluate<number>('document.documentElement.scrollHeight');
      await page.setViewportSize({ ...viewport, height: Math.max(height, viewport.height) });
      await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) });
        taken++;
      }
    }
    for (const visitor of visitors.values()) await visitor.close();
  }
  console.info(`${taken} pictures are in ${folder}.`);
} finally {
  await chromium.close();
  await house.close();
}
