// What a person would not see must not reach a model: hidden HTML and invisible characters.
import { expect, it } from 'vitest';
import { htmlToText } from './html-to-text.ts';
import { removeInvisible } from './invisible.ts';

const HIDING = [
  'display:none',
  'DISPLAY : NONE',
  'display:none !important',
  'visibility:hidden',
  'visibility:collapse',
  'opacity:0',
  'opacity:0.01',
  'font-size:0',
  'font-size:0px',
  'font-size:1px',
  'font-size:0.01em',
  'max-height:0',
  'max-height:0px;overflow:hidden',
  'max-width:0',
  'height:0;overflow:hidden',
  'width:1px;height:1px;overflow:hidden',
  'position:absolute;left:-9999px',
  'position:absolute;top:-5000px',
  'text-indent:-9999px',
  'margin-left:-10000px',
  'clip:rect(0,0,0,0);position:absolute',
  'clip-path:inset(50%)',
  'clip-path:circle(0)',
  'transform:scale(0)',
  'transform:translateX(-9999px)',
  'mso-hide:all',
  'content-visibility:hidden',
  'color:transparent',
  'color:rgba(0,0,0,0)',
  'color:#fff',
  'color:white',
  'color:#fefefe',
  'color:rgb(255,255,255)',
  'color:#fff;background:#ffffff',
  'color:#000;background-color:black',
  'line-height:0',
];
const WRAPPED = [
  '<p hidden>SECRET</p>',
  '<script>SECRET</script>',
  '<style>SECRET</style>',
  '<template>SECRET</template>',
  '<noscript>SECRET</noscript>',
  '<title>SECRET</title>',
  '<!-- SECRET -->',
  '<font color="white">SECRET</font>',
  '<table bgcolor="#000000"><tr><td><font color="#000000">SECRET</font></td></tr></table>',
  '<div style="display:none"><div><b>SECRET</b></div></div>',
  '<style>.x{display:none}</style><p class="a x">SECRET</p>',
  '<style>#y { opacity: 0 }</style><p id="y">SECRET</p>',
  '<svg><text>SECRET</text></svg>',
  '<textarea>SECRET</textarea>',
  '<img alt="SECRET" width="1" height="1">',
];

it.each(HIDING)('takes out text under %s and counts it', (style) => {
  const { text, hiddenRemoved } = htmlToText(`<p>Hello</p><div style="${style}">SECRET</div><p>Bye</p>`);
  expect(text).toBe('Hello\n\nBye');
  expect(hiddenRemoved).toBe(1);
});

it.each(WRAPPED)('takes out %s', (html) => {
  expect(htmlToText(`<body><p>Hello</p>${html}<p>Bye</p></body>`).text).not.toContain('SECRET');
});

it.each([
  '<p style="opacity:0.9">SEEN</p>',
  '<p style="color:#333">SEEN</p>',
  '<a style="color:#ffffff;background:#1a73e8" href="https://x.example">SEEN</a>',
  '<table style="background-color:#000"><tr><td style="color:#fff">SEEN</td></tr></table>',
  '<p style="font-size:12px;line-height:1.5">SEEN</p>',
  '<p aria-hidden="true">SEEN</p>',
  '<div style="max-width:600px;overflow:hidden;height:auto">SEEN</div>',
  '<style>@media (max-width:600px){.d{display:none}}</style><p class="d">SEEN</p>',
  '<p style="margin-left:-4px">SEEN</p>',
])('keeps what can be seen: %s', (html) => {
  const { text, hiddenRemoved } = htmlToText(html);
  expect(text).toContain('SEEN');
  expect(hiddenRemoved).toBe(0);
});

it('keeps lists, rows, headings, links and line breaks', () => {
  const html =
    '<h1>Title</h1><ul><li>one</li><li>two</li></ul><ol><li>first</li></ol><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>line<br>next <a href="https://x.example/y">here</a>';
  expect(htmlToText(html).text).toBe('Title\n\n- one\n- two\n1. first\na\tb\nc\nline\nnext here (https://x.example/y)');
});

it.each([
  ['tags block', [...'hide'].map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('')],
  ['zero width', '\u200b\u2060\ufeff'],
  ['joiners in a row', '\u200c\u200d\u200c'],
  ['bidi override', '\u202e'],
  ['isolates', '\u2066\u2069'],
  ['soft hyphens', '\u00ad\u00ad'],
  ['variation selectors', '\ufe00\ufe01\ufe02'],
  ['supplementary selectors', '\u{e0101}\u{e0102}'],
  ['hangul filler', '\u3164'],
  ['invisible operators', '\u2061\u2062'],
  ['mongolian separator', '\u180e'],
  ['musical controls', '\u{1d173}\u{1d17a}'],
])('takes out %s', (_name, carrier) => {
  expect(removeInvisible(`Hello${carrier} you`)).toEqual({ text: 'Hello you', removed: 1 });
});

it('keeps emoji and scripts that need joiners', () => {
  for (const text of ['👨‍👩‍👧 ❤️', 'می‌خواهم', 'क्‍ष']) expect(removeInvisible(text).text).toBe(text);
});
