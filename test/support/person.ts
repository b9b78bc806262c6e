// A person who signs in with a browser, as far as a test needs one.
import { expect } from 'vitest';
import { Browser } from './browser.ts';
import type { Mailroom } from './mailroom.ts';

export const PASSWORD = 'correct horse battery staple';
/** Where somebody goes without a wish: the dashboard, where it has been built. */
export const HOMES = ['/', '/sign-in/ways'];

/** The address of a new link. */
export async function linkFor(room: Mailroom, user: string, more: object = {}): Promise<string> {
  const { status, body } = await room.rest('POST', `/users/${encodeURIComponent(user)}/sign-in-links`, more);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.url;
}

/** A browser in which that user has signed in by a link. */
export async function signedIn(room: Mailroom, user: string): Promise<Browser> {
  const browser = new Browser();
  expect((await browser.post(await linkFor(room, user), {})).status).toBe(303);
  return browser;
}

/** The same, with a way back. */
export async function withPassword(room: Mailroom, user: string, login: string, password = PASSWORD): Promise<Browser> {
  const browser = await signedIn(room, user);
  const set = await browser.post(`${room.url}/sign-in/ways`, { login, password });
  expect(set.status, set.text).toBe(303);
  return browser;
}

/** Who the browser is for this server. */
export async function me(room: Mailroom, browser: Browser) {
  const { status, text } = await browser.ask('GET', `${room.url}/me`);
  return { status, body: JSON.parse(text) };
}
