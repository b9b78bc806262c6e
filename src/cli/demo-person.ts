// A person of the demo with a browser: opens the page of a link, signs in with the pretend Google, says that it is the right
// address. Does what anybody would do there, by the same forms.
import { AppError } from '../base/errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

export async function connectWithGoogle(link: string, gmail: Sandbox, email: string): Promise<void> {
  const browser = new Browser();
  const page = new URL(link);
  await browser.get(page);
  const begun = await browser.submit(page, { method: 'google' });
  const consent = await browser.get(begun);
  const back = await gmail.google.consent(String(consent), { email });
  await browser.get(new URL(back));
  await browser.submit(new URL(`${link}/confirm`), { decision: 'yes', address: email });
}

/** Cookies and redirects of one site. */
class Browser {
  readonly #cookies = new Map<string, string>();

  get(url: URL): Promise<URL> {
    return this.#ask(url, { method: 'GET' });
  }

  submit(url: URL, form: Record<string, string>): Promise<URL> {
    return this.#ask(url, { method: 'POST', body: new URLSearchParams(form) });
  }

  /** Where it is sent next; the page itself when nowhere. */
  async #ask(url: URL, init: RequestInit): Promise<URL> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { origin: url.origin, cookie } });
    await response.arrayBuffer();
    if (response.status >= 400)
      throw new AppError('unavailable', `The page ${url.pathname.split('/')[1]} answered ${response.status}.`);
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return new URL(response.headers.get('location') ?? url, url);
  }
}
