// How the connect pages look: calm, in light and in dark, on a phone and at a desk. One sheet, nothing from elsewhere.

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f3f1ec; --card: #ffffff; --ink: #1e2126; --soft: #5a606b; --line: #dedad1;
  --accent: #1f5c4a; --accent-ink: #ffffff; --accent-down: #174737; --tint: #eaf2ee;
  --bad: #9c2a1c; --bad-tint: #fbecea; --focus: #2f6fd6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1e2125; --ink: #e9e7e2; --soft: #a6abb5; --line: #363a41;
    --accent: #8cc9b1; --accent-ink: #10241c; --accent-down: #a9dac6; --tint: #22302b;
    --bad: #f2a49a; --bad-tint: #3a2421; --focus: #8ab4f8;
  }
}
*, *::before, *::after { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  -webkit-text-size-adjust: 100%; overflow-wrap: anywhere;
}
main { max-width: 33rem; margin: 0 auto; padding: clamp(1.25rem, 6vh, 4.5rem) 1rem 2.5rem; }
.brand { display: flex; align-items: center; gap: .6rem; margin: 0 .25rem 1.25rem; font-weight: 600; letter-spacing: .01em; }
.brand svg { width: 1.75rem; height: 1.75rem; color: var(--accent); flex: none; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: clamp(1.25rem, 5vw, 2rem); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .6rem; letter-spacing: -.01em; }
h2 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
.ways h2 { margin-top: 0; }
p { margin: 0 0 .8rem; }
.lead { font-size: 1.05rem; }
.soft, small { color: var(--soft); }
small { font-size: .875rem; }
ul.can { list-style: none; margin: 0; padding: 0; }
ul.can li { display: flex; gap: .6rem; padding: .2rem 0; }
ul.can svg { width: 1.15rem; height: 1.15rem; margin-top: .2rem; flex: none; color: var(--accent); }
ul.can li.not, ul.can li.not svg { color: var(--soft); }
ol { margin: .25rem 0 1rem; padding-left: 1.3rem; }
ol li { padding: .15rem 0; }
.picture {
  display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; margin: .3rem 0 .4rem; padding: .5rem .75rem;
  font-size: .875rem; background: var(--page); border: 1px solid var(--line); border-radius: .5rem;
}
.picture i { font-style: normal; padding: .1rem .6rem; border: 1px solid var(--soft); border-radius: .35rem; }
.picture b { margin-left: auto; padding: .1rem .7rem; border-radius: 1rem; background: var(--accent); color: var(--accent-ink); }
.picture code { font: 600 1rem ui-monospace, Menlo, Consolas, monospace; letter-spacing: .05em; }
a { color: var(--accent); text-underline-offset: .15em; }
form { margin: 0; }
label { display: block; font-weight: 600; margin: .9rem 0 .3rem; }
input[type="email"], input[type="password"], input[type="text"] {
  width: 100%; min-height: 2.9rem; padding: .6rem .8rem; font: inherit; color: var(--ink);
  background: var(--page); border: 1px solid var(--soft); border-radius: .6rem;
}
::placeholder { color: var(--soft); opacity: 1; }
input[readonly] { color: var(--soft); border-style: dashed; }
input[aria-invalid="true"] { border-color: var(--bad); border-width: 2px; }
button, .button {
  display: flex; align-items: center; justify-content: center; gap: .6rem; width: 100%; min-height: 3rem; padding: .65rem 1rem;
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; border-radius: .65rem;
  border: 1px solid var(--accent); background: var(--accent); color: var(--accent-ink);
}
button:hover, .button:hover { background: var(--accent-down); border-color: var(--accent-down); }
[hidden] { display: none !important; }
button.second, .button.second { background: transparent; color: var(--ink); border-color: var(--soft); }
button.second:hover, .button.second:hover { background: var(--tint); }
button.plain { background: none; border-color: transparent; color: var(--soft); font-weight: 500; text-decoration: underline; text-underline-offset: .15em; }
button.plain:hover { color: var(--ink); background: none; border-color: transparent; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.ways { margin-top: 1.5rem; display: grid; gap: .75rem; }
.under { margin-top: .75rem; }
details { border: 1px solid var(--line); border-radius: .65rem; }
summary { cursor: pointer; padding: .75rem 1rem; font-weight: 600; border-radius: .65rem; }
details > div { padding: 0 1rem 1rem; }
input + button { margin-top: 1.1rem; }
.card > :last-child, details > div > :last-child { margin-bottom: 0; }
label + .error { margin: .3rem 0 .6rem; }
.error { background: var(--bad-tint); border-left: 4px solid var(--bad); border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 1.1rem; }
.tick { display: flex; gap: .7rem; align-items: baseline; font-weight: 500; margin: .5rem 0; }
.tick input { flex: none; width: 1.1rem; height: 1.1rem; accent-color: var(--accent); transform: translateY(.15rem); }
.error strong { display: block; color: var(--bad); }
.address { font-size: 1.15rem; font-weight: 600; background: var(--tint); border-radius: .65rem; padding: .8rem 1rem; margin: 0 0 1rem; }
.mark { width: 3rem; height: 3rem; color: var(--accent); margin: 0 0 .75rem -.25rem; }
progress { width: 100%; height: .6rem; accent-color: var(--accent); }
ul.rows { list-style: none; margin: 0 0 .5rem; padding: 0; }
ul.rows li { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding: .5rem 0; border-bottom: 1px solid var(--line); }
ul.rows form { flex: none; }
ul.rows button { width: auto; min-height: 2.5rem; padding: .25rem .5rem; }
small + button { margin-top: 1.1rem; }
footer { margin: 1.25rem .25rem 0; }
@media (prefers-reduced-motion: no-preference) { button, .button { transition: background-color .12s, border-color .12s; } }
`;
