// Which addresses a remote client's token can be for, and in which words they are told (RFC 8707, RFC 9728). Knows no token.

/** The places at which MCP is spoken; posts of the older transport belong to the stream that they are for. */
export const RESOURCE_PATHS = ['/mcp', '/mcp/sse', '/mcp/gmail'] as const;
export type ResourcePath = (typeof RESOURCE_PATHS)[number];

const PROTECTED = '/.well-known/oauth-protected-resource';

export class Resources {
  readonly #bases: () => readonly string[];

  /** `bases`: under which addresses this server is reached, without a slash at the end. */
  constructor(bases: () => readonly string[]) {
    this.#bases = bases;
  }

  /** The resource at this path, for one who came by this Host. */
  at(host: string, path: ResourcePath): string {
    return `${this.baseOf(host)}${path}`;
  }

  /** The address that a Host header means; the first one is meant by what is not known. */
  baseOf(host: string): string {
    const bases = this.#bases();
    return bases.find((each) => new URL(each).host === host.toLowerCase()) ?? bases[0]!;
  }

  /** What a client calls a resource, as we call it; null when it is none of ours. */
  known(identifier: string): string | null {
    const url = URL.parse(identifier);
    if (!url || url.search || url.hash || url.username || url.password) return null;
    const wanted = `${url.origin}${url.pathname.replace(/\/$/, '')}`;
    return this.#bases().some((base) => RESOURCE_PATHS.some((path) => base + path === wanted)) ? wanted : null;
  }

  /** Where the document of a resource lies: the well-known part stands between host and path (RFC 9728 section 3.1). */
  documentOf(resource: string): string {
    const { origin, pathname } = new URL(resource);
    return `${origin}${PROTECTED}${pathname}`;
  }

  /** The resource whose document a path asks for; null for any other path. Without a path it is that of `/mcp`. */
  documented(host: string, path: string): string | null {
    const { pathname } = new URL(`${this.baseOf(host)}/`);
    const rest = path.slice(PROTECTED.length).replace(/\/$/, '');
    if (rest === '') return this.at(host, '/mcp');
    const prefix = pathname.replace(/\/$/, '');
    const own = rest === prefix ? '/mcp' : rest.startsWith(`${prefix}/`) ? rest.slice(prefix.length) : rest;
    const known = RESOURCE_PATHS.find((each) => each === own);
    return known ? this.at(host, known) : null;
  }
}
