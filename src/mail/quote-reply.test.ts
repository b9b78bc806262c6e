// What is repeated below an answer is found again as history, and brings nothing of the stranger's HTML with it.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attribution } from './attribution.ts';
import { htmlToText } from './html-to-text.ts';
import { withQuote } from './quote-reply.ts';
import { splitQuoted } from './quotes.ts';

const PARENT = {
  from: { name: 'Bob <b>Miller</b>', address: 'bob@x.org' },
  dateMs: Date.UTC(2026, 8, 21, 23, 5),
  text: 'Shall we meet?\n\n> Yes\n>> No\n<script>alert(1)</script>',
};

it('repeats the mail in both forms', () => {
  const { text, html } = withQuote({ text: 'On Monday.\n' }, PARENT, 'Europe/Berlin');
  expect(text).toBe(`On Monday.

On Tue, 22 Sep 2026 at 01:05, Bob <b>Miller</b> <bob@x.org> wrote:
> Shall we meet?
>
>> Yes
>>> No
> <script>alert(1)</script>
`);
  expect(html).toContain('<div dir="auto">On Monday.<br>\r\n</div><br>\n<div class="gmail_quote">');
  expect(html).toContain('Bob &lt;b&gt;Miller&lt;/b&gt; &lt;bob@x.org&gt; wrote:');
  expect(html).not.toMatch(/<(?:script|b)>/);
});

it('stands within a given document, and makes the text from it', () => {
  const { text, html } = withQuote({ html: '<html><body><p>On <b>Monday</b></p></BODY></html>' }, PARENT, 'UTC');
  expect(html).toMatch(/<\/p><br>\n<div class="gmail_quote">.*<\/blockquote><\/div><\/BODY><\/html>$/s);
  expect(text).toMatch(/^On Monday\n\nOn Mon, 21 Sep 2026 at 23:05, /);
});

it('names a writer without a name by the address', () => {
  expect(attribution({ ...PARENT, from: { name: '', address: 'bob@x.org' } }, 'Asia/Kolkata')).toBe(
    'On Tue, 22 Sep 2026 at 04:35, bob@x.org wrote:',
  );
});

it('repeats no more than a hundred thousand characters', () => {
  const { text } = withQuote({ text: 'x' }, { ...PARENT, text: '\u{1f600}'.repeat(200_000) }, 'UTC');
  expect(text.length).toBeLessThan(201_000);
  expect(text.endsWith('\u{1f600}\n> […]\n')).toBe(true);
});

it('is told apart from the answer again', () => {
  const words = fc.stringMatching(/^[a-zA-Z äöü日本,.?!]{0,60}[a-zA-Z.]$/);
  const lines = fc
    .array(fc.oneof(words, fc.constant('')), { minLength: 1, maxLength: 6 })
    .map((l) => l.join('\n').trim());
  fc.assert(
    fc.property(
      lines.filter((l) => l !== ''),
      lines.filter((l) => l !== ''),
      (own, theirs) => {
        const parent = { from: { name: 'Bob', address: 'bob@x.org' }, dateMs: 0, text: theirs };
        const { text, html } = withQuote({ text: own }, parent, 'UTC');
        expect(splitQuoted(text).own).toBe(own);
        expect(splitQuoted(htmlToText(html).text).own.replace(/\s+/g, ' ')).toBe(own.replace(/\s+/g, ' '));
      },
    ),
    { numRuns: 300 },
  );
});
