// Who may knock at all: Host and Origin against DNS rebinding and foreign pages. Knows no key.
import { AppError } from '../base/errors.ts';
import { type Config, isLoopback } from '../config.ts';

/** Checks the two headers of a request; the port is known once the server listens. */
export class HostGuard {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #bases: readonly string[];

  constructor(config: Config, port: number) {
    const urls = [config.publicUrl, config.internalUrl].flatMap((url) => (url ? [new URL(url)] : []));
    const local = isLoopback(config.host) ? ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${port}`) : [];
    const own = isLoopback(config.host) ? [] : [`${config.host}:${port}`];
    const allowed = config.allowedHosts.flatMap((host) => (host.includes(':') ? [host] : [host, `${host}:${port}`]));
    this.#hosts = new Set(
      [...local, ...own, ...urls.map((url) => url.host), ...allowed].map((host) => host.toLowerCase()),
    );
    this.#origins = new Set([
      ...local.map((host) => `http://${host}`),
      ...urls.map((url) => url.origin),
      ...config.allowedOrigins,
    ]);
    // Other names of ours stand for the same place, by the same way.
    const scheme = config.publicUrl ? new URL(config.publicUrl).protocol : 'http:';
    const told = urls.map((url) => url.href.replace(/\/$/, ''));
    const others = [...local, ...own].map((host) => `http://${host}`);
    this.#bases = [...told, ...others, ...allowed.map((host) => `${scheme}//${host}`)];
  }

  /** Under which addresses this server is reached, without a slash at the end: one for each Host, the public one first. */
  get bases(): readonly string[] {
    return this.#bases;
  }

  /** Throws `forbidden`, naming the variable that would admit the header. */
  check(host: string | undefined, origin: string | undefined): void {
    if (!host || !this.#hosts.has(host.toLowerCase()))
      throw new AppError('forbidden', 'This Host is not served here.', {
        hint: 'The operator can admit it in ALLOWED_HOSTS.',
      });
    if (origin !== undefined && !this.#origins.has(origin))
      throw new AppError('forbidden', 'Pages of this Origin may not call here.', {
        hint: 'The operator can admit it in ALLOWED_ORIGINS.',
      });
  }
}
