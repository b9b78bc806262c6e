// An agent asks for a person's account without a password: the page comes as a link, or is opened where the client can.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { Browser } from '../support/browser.ts';
import { type Mailroom, newFolder, removeFolder, startMailroom } from '../support/mailroom.ts';
import { clientBy, type Opens, WAYS, type Way } from '../support/mcp-room.ts';
import { startPretendGmail } from '../support/pretend-gmail.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'canaryjanepasswd' };
const ASKED = { user_id: 'u1', email: JANE.email, display_name: 'Jane Doe' };
const folder = newFolder();
let gmail: Sandbox;
let room: Mailroom;

beforeAll(async () => {
  const pretend = await startPretendGmail(folder, [JANE]);
  gmail = pretend.gmail;
  room = await startMailroom({ folder, env: { ...pretend.env, ...gmail.google.env } });
});
afterAll(async () => {
  await room?.end();
  await gmail?.close();
  removeFolder(folder);
});
afterEach(async () => {
  for (const { account_id } of (await room.rest('GET', '/accounts')).body)
    await room.rest('DELETE', `/accounts/${account_id}`);
});

const byPassword = (url: string) =>
  new Browser().post(url, { method: 'app_password', email: JANE.email, app_password: JANE.appPassword });

// biome-ignore lint/suspicious/noExplicitAny: a test reads answers of any shape
async function add(way: Way, opens?: Opens): Promise<any> {
  const client = await clientBy(way, room.url, room.key, opens);
  const result = await client.callTool({ name: 'add_gmail_account', arguments: ASKED });
  await client.close();
  return result;
}

describe('add_gmail_account without a password', () => {
  it('answers one curl with the page, for that address, and its account has the name', async () => {
    const link = await room.tool('add_gmail_account', ASKED);
    expect(Object.keys(link).toSorted()).toEqual(['connect_url', 'expires_at', 'link_id']);
    expect(link.connect_url).toMatch(new RegExp(`^${room.url}/connect/[\\w-]{43}$`));
    expect((await new Browser().get(link.connect_url)).text).toContain(JANE.email);
    await byPassword(link.connect_url);
    const [account] = (await room.rest('GET', '/accounts')).body;
    expect(account).toMatchObject({ email: JANE.email, display_name: 'Jane Doe' });
    expect((await room.rest('GET', `/connect-links/${link.link_id}`)).body).toEqual({
      status: 'connected',
      account_id: account.account_id,
    });
  });

  it('refuses what could not be connected anyway, before any page', async () => {
    const text = (args: object) => room.tool('add_gmail_account', { ...ASKED, ...args }).then(String, String);
    expect(await text({ email: 'not an address' })).toContain('invalid_input');
    expect(await text({ display_name: 'A\nB' })).toContain('invalid_input');
  });

  describe.each(Object.keys(WAYS) as Way[])('by %s', (way) => {
    it('gives the link where the client can open no page', async () => {
      expect((await add(way)).structuredContent.connect_url).toContain('/connect/');
    });

    it('has the page opened where the client can, and answers with the account', async () => {
      const pages: string[] = [];
      const result = await add(way, async (url) => {
        pages.push(url);
        await byPassword(url);
        return 'accept';
      });
      expect(pages).toHaveLength(1);
      expect(result.isError).toBeFalsy();
      expect(result.structuredContent).toMatchObject({ email: JANE.email, status: 'active', user_id: 'u1' });
      expect(JSON.stringify(result)).not.toContain('/connect/');
    });

    it('connects nothing when the person will not, there or on the page', async () => {
      const unwilling = await add(way, async () => 'decline');
      expect(unwilling).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('did not want to') }],
      });
      const declined = await add(way, async (url) => {
        await new Browser().post(url, { method: 'decline' });
        return 'accept';
      });
      expect(declined).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('is declined') }] });
      expect((await room.rest('GET', '/accounts')).body).toEqual([]);
    });
  });
});
