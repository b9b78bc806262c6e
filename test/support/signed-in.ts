// A person in a real browser, by a one-time link, at the page where the dashboard begins.
import type { Page } from 'playwright-core';
import type { Mailroom } from './mailroom.ts';

export async function signInAs(user: string, page: Page, room: Pick<Mailroom, 'rest'>): Promise<void> {
  await page.goto((await room.rest('POST', `/users/${user}/sign-in-links`, {})).body.url);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('link', { name: 'Not now' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}
