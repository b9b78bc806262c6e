// What a person does on the consent page, by HTTP, for tests and the demo. Knows nothing of the server but its pages.

export interface Answer {
  readonly email: string;
  /** Boxes to leave ticked; default: all of them. */
  readonly scopes?: readonly string[];
  readonly deny?: boolean;
}

/**
 * Opens the page at `url` and answers it; resolves with the address that the browser is sent back to, which is not
 * opened. Rejects with the page's text when Google would not ask at all.
 */
export async function consent(url: string, { email, scopes, deny = false }: Answer): Promise<string> {
  const shown = await fetch(url, { redirect: 'manual' });
  const html = await shown.text();
  if (shown.status !== 200) throw new Error(`no consent page, but ${shown.status}: ${textOf(html)}`);
  const boxes = [...html.matchAll(/type="checkbox" name="scope" value="([^"]*)"/g)].map(([, scope]) => scope!);
  const ticked = boxes.filter((scope) => scopes?.includes(scope) ?? true);
  const form = new URLSearchParams({ email, decision: deny ? 'deny' : 'allow' });
  for (const scope of ticked) form.append('scope', scope);
  const answered = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  const location = answered.headers.get('location');
  if (location === null) throw new Error(`no way back, but ${answered.status}: ${textOf(await answered.text())}`);
  await answered.body?.cancel();
  return location;
}

const textOf = (html: string) =>
  html
    .replace(/<(style|head)[\s\S]*?<\/\1>|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
