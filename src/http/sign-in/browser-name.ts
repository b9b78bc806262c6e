// Which browser it is, in our words: what a browser says of itself is a stranger's text. Decides nothing.

/** What is longer is no browser's, and is not looked at further. */
const MOST_CHARS = 1000;

/** The first that fits: nearly all call themselves Chrome or Safari too. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(?:A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPT|OPiOS)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\bHeadlessChrome\//, 'Headless Chrome'],
  [/\b(?:Chrome|CriOS)\//, 'Chrome'],
  // Others on the same engine call themselves so too, but Safari itself is at home with Apple alone.
  [/^Mozilla\/5\.0 \((?:Macintosh|iPhone|iPad|iPod)\b.*\bVersion\/.*\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone|\biPad|\biPod/, 'iOS'],
  [/\bAndroid/, 'Android'],
  [/\bWindows/, 'Windows'],
  [/\bMac OS X|\bMacintosh/, 'macOS'],
  [/\bCrOS/, 'ChromeOS'],
  [/\bLinux/, 'Linux'],
];

/** From a User-Agent, for example `Firefox on Linux`; `A browser` when it is none that we know. */
export function browserIn(userAgent = ''): string {
  const looked = userAgent.slice(0, MOST_CHARS);
  const [browser, system] = [BROWSERS, SYSTEMS].map((known) => known.find(([form]) => form.test(looked))?.[1]);
  return `${browser ?? 'A browser'}${system ? ` on ${system}` : ''}`;
}
