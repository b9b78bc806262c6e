// Where a browser may be sent within this server, and nowhere else. Knows no page.
import type { House } from './context.ts';

const LONGEST = 4000;

/**
 * The path as a browser would ask for it, with query and fragment, when it lies under our own address; else null. What
 * browsers take for the beginning of another host is never one: `//host`, `/\host`, also after dots were taken out.
 */
export function localPath({ addresses }: Pick<House, 'addresses'>, text: string): string | null {
  // A browser drops tabs and line ends, and takes \ for /.
  if (text.length > LONGEST || !/^\/(?![/\\])/.test(text) || /[\p{Cc}\\]/u.test(text)) return null;
  const home = new URL(addresses().public);
  const under = home.pathname.replace(/\/$/, '');
  if (!URL.canParse(text, home.origin)) return null;
  const { origin, pathname, search, hash } = new URL(text, home.origin);
  if (origin !== home.origin || /^\/[/\\]/.test(pathname)) return null;
  if (under !== '' && pathname !== under && !pathname.startsWith(`${under}/`)) return null;
  return pathname + search + hash;
}
