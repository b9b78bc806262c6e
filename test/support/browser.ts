// A browser as far as forms, cookies and redirects go; it follows a redirect only when told to.

export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where it is sent, whole; null when nowhere. */
  readonly location: string | null;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly host: string;
  readonly attributes: string;
}

export class Browser {
  readonly cookies: Cookie[] = [];

  get(url: string): Promise<Seen> {
    return this.#ask(url, { method: 'GET', headers: { 'sec-fetch-site': 'none' } });
  }

  /** A form that stood on the same site, unless `origin` says otherwise. A field may stand in it several times. */
  post(url: string, form: Record<string, string | readonly string[]>, origin = new URL(url).origin): Promise<Seen> {
    const same = origin === new URL(url).origin;
    return this.#ask(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': same ? 'same-origin' : 'cross-site',
        origin,
      },
      body: String(
        new URLSearchParams(
          Object.entries(form).flatMap(([name, of]) => [of].flat().map((each): [string, string] => [name, each])),
        ),
      ),
    });
  }

  /** What a script of the same site asks, unless `headers` say otherwise. */
  ask(method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Seen> {
    const own = { 'sec-fetch-site': 'same-origin', ...(method !== 'GET' && { origin: new URL(url).origin }) };
    return this.#ask(url, {
      method,
      headers: { ...own, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Goes where it was sent until it is sent nowhere, or to another site. */
  async follow(seen: Seen): Promise<Seen> {
    let last = seen;
    while (last.location && new URL(last.location).origin === new URL(this.#last).origin)
      last = await this.get(last.location);
    return last;
  }

  #last = '';

  async #ask(url: string, init: RequestInit & { headers: Record<string, string> }): Promise<Seen> {
    const { host, pathname } = new URL(url);
    this.#last = url;
    const fitting = this.cookies.filter(
      ({ host: of, path }) => of === host && (path === '/' || pathname === path || pathname.startsWith(`${path}/`)),
    );
    const cookie = fitting.map(({ name, value }) => `${name}=${value}`).join('; ');
    const headers = { ...init.headers, ...(cookie && { cookie }) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(host, line);
    const location = response.headers.get('location');
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: location && new URL(location, url).href,
    };
  }

  #keep(host: string, line: string): void {
    const [pair = '', ...rest] = line.split('; ');
    const [name = '', value = ''] = pair.split('=');
    const path = rest.find((each) => /^path=/i.test(each))?.slice(5) ?? '/';
    const old = this.cookies.findIndex((each) => each.name === name && each.path === path && each.host === host);
    if (old >= 0) this.cookies.splice(old, 1);
    if (rest.includes('Max-Age=0')) return;
    this.cookies.push({ name, value, path, host, attributes: rest.join('; ') });
  }
}
