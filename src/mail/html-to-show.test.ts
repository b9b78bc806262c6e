// What a frame is given of a stranger's HTML: what shows something, and nothing that a browser would reach out for.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { startCpuClock } from '../../test/support/cpu-time.ts';
import { htmlToShow } from './html-to-show.ts';

const shown = (html: string): string => htmlToShow(html).html;

it.each([
  ['frames', '<p>a<iframe src=//x.example>in</iframe>b', '<p>ab</p>'],
  ['objects, but what stands in their place', '<object data=//x.example><embed src=//x.example>b</object>', 'b'],
  ['links of the document', '<link rel=preconnect href=//x.example><base href=//x.example>b', 'b'],
  ['meta', '<meta http-equiv=refresh content="0;url=//x.example">b', 'b'],
  ['scripts', '<script>a</script>b', 'b'],
  ['handlers', '<p onclick=a style="color: red">b</p>', '<p style="color: red">b</p>'],
  ['where a link opens', '<a target=_self href="https://x.example/">b</a>', '<a href="https://x.example/">b</a>'],
  [
    'where a form leads',
    '<form action=//x.example><button formaction=//x.example>b</button></form>',
    '<button>b</button>',
  ],
  ['drawings and formulas', '<svg><use href=//x.example /></svg><math href=//x.example>b</math>', 'b'],
  ['tags in an attribute', '<p title="</p><iframe>">b', '<p title="&lt;/p&gt;&lt;iframe&gt;">b</p>'],
  ['the end of a style within it', '<svg><style><p title="</style><iframe>">', null],
  ['an end that is none', '<style>p{}</sty<iframe>', '<style>p{}\\3c /sty\\3c iframe></style>'],
  ['tags in plain text', '<xmp><iframe src=//x.example></xmp>', '&lt;iframe src=//x.example&gt;'],
  ['what is not shown without scripts', '<noscript><p title="</noscript><iframe>">b', null],
])('leaves out %s', (_, html, expected) => {
  if (expected !== null) expect(shown(html)).toBe(expected);
  expect(shown(html)).not.toMatch(/<\/?(?!p\b|style\b|a\b|button\b)[a-z]/i);
});

it('keeps what a mail looks like', () => {
  const mail =
    '<html dir="rtl"><body bgcolor="#eee"><style>a { color: red }</style><table width="600"><tbody><tr><td align="center">1 &lt; 2<br><img src="cid:a" alt="A"></td></tr></tbody></table></body></html>';
  expect(shown(mail)).toBe(mail);
});

it('leaves hidden what a mail hides without a style', () => {
  const mail = '<p hidden="">a</p><p hidden="until-found">b</p><p popover="">c</p><dialog>d</dialog>';
  expect(shown(mail)).toBe(mail);
});

it('writes only tags and attributes of its own, whatever it reads', () => {
  const pieces = fc.constantFrom(
    ...[
      '<',
      '>',
      '"',
      "'",
      '=',
      '/',
      ' ',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '\0',
      '\f',
      'a',
      '<p ',
      '<style>',
      '</style',
    ],
    ...[
      '<svg>',
      '<math>',
      '<title>',
      '</title>',
      '<textarea>',
      '<iframe ',
      '<plaintext>',
      '<noscript>',
      '<select>',
      '<table>',
    ],
    ...[
      ' target=',
      ' onload=',
      'src=x',
      '<template>',
      '</template>',
      '<annotation-xml encoding="text/html">',
      '&lt;iframe',
    ],
  );
  const ours = /^(?:[^<>]|<\/?[a-z0-9]+(?: [a-z]+="[^"<>]*")*>)*$/;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (all) => {
      const html = shown(all.join(''));
      // A style's text is not unescaped; it is free of the one sign that could end it.
      const outside = html.replace(/(<style(?: [a-z]+="[^"<>]*")*>)[^<]*/g, '$1');
      expect(outside).toMatch(ours);
      expect(outside).not.toMatch(/<(?:iframe|script|svg|math|link|base|meta|object|embed|form|template|noscript)\b/);
      expect(outside).not.toMatch(/ (?:on\w+|target)="/);
    }),
    { numRuns: 2000 },
  );
});

it.each([
  ['tags', '<p>'.repeat(300_000)],
  ['signs', '<'.repeat(1_000_000)],
  ['depth', '<b>'.repeat(300_000)],
  ['length', `<p>${'a '.repeat(1_000_000)}`],
])('stops at too much of it, and says so: %s', (_, html) => {
  const spent = startCpuClock();
  expect(htmlToShow(html).isCut).toBe(true);
  expect(spent()).toBeLessThan(4000);
});
it('cuts nothing of a long mail', () => {
  expect(htmlToShow('<div><a href="https://example.org/">Some words.</a></div>'.repeat(15_000)).isCut).toBe(false);
});
