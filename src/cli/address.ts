// How this server's own address is written. Knows no socket.
import { isLoopback } from '../config.ts';

/** As it stands in a URL. */
export function shownHost(host: string): string {
  if (isLoopback(host) || !host.includes(':')) return host === '::1' ? '[::1]' : host;
  return `[${host}]`;
}
