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
  'font-size:2px',
  'font-size:5%',
  'font:1px Arial',
  'font-size:calc(0px)',
  'filter:opacity(0%)',
  'opacity:calc(0)',
  'position:fixed;right:-9999px',
  'position:absolute;left:calc(0px - 9999px)',
  'position:absolute;inset:-9999px auto auto -9999px',
  'position:absolute;left:200%',
  'position:absolute;z-index:-1',
  'clip-path:polygon(0 0,0 0,0 0)',
  'transform:matrix(0,0,0,0,0,0)',
  'transform:rotateY(90deg)',
  'translate:-9999px',
  'rotate:y 90deg',
  'scale:0',
  'text-indent:100%;white-space:nowrap;overflow:hidden',
  'letter-spacing:-1em',
  'word-spacing:-9999px',
  'color:hwb(0 100% 0%)',
  'color:oklch(1 0 0)',
  'color:color(srgb 1 1 1)',
  '-webkit-text-fill-color:transparent',
  'background:linear-gradient(#fff,#fff);color:#fff',
  'color:var(--unknown,#fff)',
  // What a browser drops undoes nothing.
  'display:none;display:bogus',
  'visibility:hidden;visibility:bogus',
  'color:#fff;color:bogus',
  'font-size:0;font-size:bogus',
  // Spellings and limits that a rule may hide behind.
  'd\\69splay:none',
  'display:/**/none',
  `${'a:b;'.repeat(150)}display:none`,
];
/** Ways for a style sheet to hide `<p class="w">` in a `<div class="top">`. */
const SHEETS = [
  '.w{color:#fff}',
  '.top{background:#123456}.w{color:#123456}',
  '.w{display:none!important}',
  ':root{--c:#fff}.w{color:var(--c)}',
  '*{--o:0}.w{opacity:var(--o)}',
  '@media screen{.w{display:none}}',
  `${'@media screen{'.repeat(12)}.w{display:none}${'}'.repeat(12)}`,
  '@supports (display:grid){.w{display:none}}',
  '@layer x{.w{display:none}}',
  '@container (min-width:1px){.w{display:none}}',
  '.top{& .w{display:none}}',
  '.top{color:#333;.w{display:none}}',
  '.top{& a{color:red}} .w{display:none}',
  ':is(.w){display:none}',
  'p:where(.v,.w){display:none}',
  '.top p:not(.v){display:none}',
  'p[class~="w"]{display:none}',
  '.top > p{display:none}',
  '.\\77{display:none}',
  '<!-- .w{display:none} -->',
  '@import url(x);.w{display:none}',
  '.W{DISPLAY:NONE}',
  `/*${'x'.repeat(310_000)}*/.w{display:none}`,
  `${'a,'.repeat(4_000)}.w{display:none}`,
  `${'a{color:red}'.repeat(5_000)}.w{display:none}`,
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
  '<img alt="SECRET" style="width:1px;height:1px">',
  '<p title="SECRET" aria-label="SECRET" data-x="SECRET">x</p>',
  '<input value="SECRET" placeholder="SECRET">',
  '<iframe srcdoc="SECRET">SECRET</iframe>',
  '<select><option>SECRET</select>',
  '<dialog>SECRET</dialog>',
  '<div popover>SECRET</div>',
  '<a href="https://x.example/SECRET"></a>',
  '<a href="javascript:SECRET">a</a>',
  '<div style="font-size:0"><p><b>SECRET</b></p></div>',
  '<div style="--d:none"><p style="display:var(--d)">SECRET</p></div>',
  '<style>.a\\:b{display:none}</style><p class="a:b">SECRET</p>',
  '<style>.é{display:none}</style><p class="é">SECRET</p>',
  `<style>.w{display:none}</style><p class="${'a '.repeat(80)}w">SECRET</p>`,
  `<style>${'div '.repeat(12)}.w{display:none}</style>${'<div>'.repeat(12)}<p class=w>SECRET</p>${'</div>'.repeat(12)}`,
  `<style>.top .w{display:none}</style><div class=top>${'<div>'.repeat(80)}<p class=w>SECRET</p>`,
];

it.each(HIDING)('takes out text under %s and counts it', (style) => {
  const { text, hiddenRemoved } = htmlToText(`<p>Hello</p><div style="${style}">SECRET</div><p>Bye</p>`);
  expect(text).toBe('Hello\n\nBye');
  expect(hiddenRemoved).toBe(1);
});

it.each(WRAPPED)('takes out %s', (html) => {
  expect(htmlToText(`<body><p>Hello</p>${html}<p>Bye</p></body>`).text).not.toContain('SECRET');
});

it.each(SHEETS)('takes out what a style sheet hides: %s', (sheet) => {
  const { text, hiddenRemoved } = htmlToText(
    `<style>${sheet}</style><p>Hello</p><div class="top"><p class="w">SECRET</p></div><p>Bye</p>`,
  );
  expect(text).not.toContain('SECRET');
  expect(text).toContain('Bye');
  expect(hiddenRemoved).toBeGreaterThan(0);
});

it.each([
  '<p style="opacity:0.9">SEEN</p>',
  '<div style="font-size:0"><p style="font-size:14px">SEEN</p></div>',
  '<div style="visibility:hidden"></div><p style="position:absolute;left:50%;transform:translate(-50%,-50%)">SEEN</p>',
  '<div style="padding-top:56.25%;overflow:hidden">SEEN</div>',
  '<div style="max-width:100%;line-height:100%;overflow:hidden">SEEN</div>',
  '<details><summary>More</summary>SEEN</details>',
  '<style>p:not(.w){display:none}</style><p class="w">SEEN</p>',
  '<style>p:is(.v){display:none}</style><p class="w">SEEN</p>',
  '<style>a:hover{display:none} @media print{p{display:none}}</style><p>SEEN</p>',
  '<style>td:first-child{display:none}</style><table><tr><td></td><td>SEEN</td></tr></table>',
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
