// Honest mails as their clients write them: nothing of what is seen is lost, and how it is put together stays.
import { expect, it } from 'vitest';
import { htmlToText } from './html-to-text.ts';

const MAILS: readonly [name: string, html: string, text: string][] = [
  [
    'a reply from Gmail',
    '<div dir="ltr">Hi Amy,<div><br></div><div>fine with me.</div><div>Bob</div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Fri, 20 Nov 2026 at 10:00, Amy &lt;<a href="mailto:amy@example.org">amy@example.org</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div dir="ltr">Friday?</div></blockquote></div>',
    'Hi Amy,\n\nfine with me.\nBob\n\nOn Fri, 20 Nov 2026 at 10:00, Amy <amy@example.org> wrote:\n> Friday?',
  ],
  [
    'a reply from Outlook',
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0cm;font-size:11.0pt;font-family:"Calibri",sans-serif;} --></style><!--[if gte mso 9]><xml><o:shapedefaults/></xml><![endif]--></head><body lang="EN-GB" link="#0563C1"><div class="WordSection1"><p class="MsoNormal">Hello,<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal"><span style="color:#1F497D">see below.</span><o:p></o:p></p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From:</b> Amy<br><b>Sent:</b> Friday<br><b>To:</b> Bob<br><b>Subject:</b> Plan</p></div></div></body></html>',
    'Hello,\n\nsee below.\n\nFrom: Amy\nSent: Friday\nTo: Bob\nSubject: Plan',
  ],
  [
    'a reply from Apple Mail',
    '<html><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">Yes.<div><br><blockquote type="cite"><div>On 20 Nov 2026, at 10:00, Amy wrote:</div><br class="Apple-interchange-newline"><div>Is it?</div></blockquote></div><br></body></html>',
    'Yes.\n\n> On 20 Nov 2026, at 10:00, Amy wrote:\n>\n> Is it?',
  ],
  [
    'a newsletter laid out with tables and gaps of no font size',
    '<html><head><title>News</title><style>#outlook a{padding:0} @media only screen and (max-width:480px){.wide{display:none!important}} .wide{display:block}</style></head><body style="background:#f4f4f4"><div style="display:none;max-height:0;overflow:hidden">Preview&#847;&zwnj;&nbsp;</div><table width="600" bgcolor="#ffffff"><tr><td style="font-size:0;padding:0"><table><tr><td style="font-size:14px;color:#333333"><h2>Autumn</h2><p class="wide">New things.</p></td></tr></table></td></tr><tr><td align="center" bgcolor="#d93025"><a href="https://shop.example/?a=1&amp;b=2" style="color:#ffffff;text-decoration:none">Look</a></td></tr></table><img src="https://x.example/o.gif" width="1" height="1" alt="pixel"></body></html>',
    'Autumn\n\nNew things.\n\nLook (https://shop.example/?a=1&b=2)',
  ],
  [
    'a receipt',
    '<table><thead><tr><th>Item</th><th>Price</th></tr></thead><tbody><tr><td>Tea</td><td style="text-align:right">3,50&nbsp;€</td></tr><tr><td>Cake, <i>two</i> pieces</td><td>7,00&nbsp;€</td></tr></tbody><tfoot><tr><td><b>Total</b></td><td><b>10,50&nbsp;€</b></td></tr></tfoot></table>',
    'Item\tPrice\nTea\t3,50\u00a0€\nCake, two pieces\t7,00\u00a0€\nTotal\t10,50\u00a0€',
  ],
  [
    'lists within lists',
    '<p>Agenda</p><ol><li>Start</li><li>Talk<ul><li>money</li><li>time</li></ul></li><li>End</li></ol><p>Bye</p>',
    'Agenda\n\n1. Start\n2. Talk\n  - money\n  - time\n3. End\n\nBye',
  ],
  [
    'a dark newsletter',
    '<style>body{background-color:#111}.t{color:#eee}a{color:#8ab4f8}</style><body><div class="t"><h1>Night</h1><p>Light on dark.</p><p><a href="https://x.example/">x.example</a></p></div></body>',
    'Night\n\nLight on dark.\n\nx.example (https://x.example/)',
  ],
  [
    'code and a rule',
    '<p>Run this:</p><pre style="background:#f6f8fa">if (a &lt; b) {\n  go();\n}</pre><hr><p>Then<br>rest.</p>',
    'Run this:\n\nif (a < b) {\n  go();\n}\n\n---\n\nThen\nrest.',
  ],
  [
    'a picture with words on it, and a button for Outlook',
    '<div style="background:url(https://x.example/b.jpg);color:#fff"><p>On a picture</p></div><!--[if mso]><v:roundrect href="https://x.example/go"><center>Go</center></v:roundrect><![endif]--><!--[if !mso]><!--><a href="https://x.example/go" style="background:#0b57d0;color:#fff;mso-hide:all">Go</a><!--<![endif]--><p><img alt="Logo of X" src="cid:logo" width="120"></p>',
    'On a picture\n\nGo (https://x.example/go)\n\nLogo of X',
  ],
  [
    'right to left, emoji and joiners',
    '<div dir="rtl"><p>שלום עולם</p><p>می‌خواهم</p></div><p>👨‍👩‍👧 ❤️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿</p>',
    'שלום עולם\n\nمی‌خواهم\n\n👨‍👩‍👧 ❤️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  ],
];

it.each(MAILS)('keeps what is seen of %s', (_name, html, text) => {
  expect(htmlToText(html).text).toBe(text);
});

it('counts the preview text of a newsletter as hidden and nothing of the other mails', () => {
  expect(MAILS.filter(([, html]) => htmlToText(html).hiddenRemoved > 0).map(([name]) => name)).toEqual([
    'a newsletter laid out with tables and gaps of no font size',
  ]);
});
