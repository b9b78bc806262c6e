// What browsers and others say of themselves, and how each is called.
import { expect, it } from 'vitest';
import { browserIn } from './browser-name.ts';

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const LINUX = 'Mozilla/5.0 (X11; Linux x86_64)';
const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K)';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)';
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

it.each([
  [`${WINDOWS} ${BLINK} Chrome/141.0.0.0 Safari/537.36`, 'Chrome on Windows'],
  [`${MAC} ${BLINK} Chrome/141.0.0.0 Safari/537.36`, 'Chrome on macOS'],
  [`${ANDROID} ${BLINK} Chrome/141.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
  [`${IPHONE} ${WEBKIT} CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1`, 'Chrome on iOS'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/141.0.0.0 Safari/537.36`, 'Chrome on ChromeOS'],
  [`${LINUX} ${BLINK} HeadlessChrome/141.0.0.0 Safari/537.36`, 'Headless Chrome on Linux'],
  [`${WINDOWS} ${BLINK} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`, 'Edge on Windows'],
  [`${ANDROID} ${BLINK} Chrome/141.0.0.0 Mobile Safari/537.36 EdgA/141.0.0.0`, 'Edge on Android'],
  [`${IPHONE} ${WEBKIT} Version/18.0 EdgiOS/141.0.3537.60 Mobile/15E148 Safari/604.1`, 'Edge on iOS'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox on Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0', 'Firefox on Android'],
  [`${IPHONE} ${WEBKIT} FxiOS/143.0 Mobile/15E148 Safari/605.1.15`, 'Firefox on iOS'],
  [`${MAC} ${WEBKIT} Version/26.0 Safari/605.1.15`, 'Safari on macOS'],
  [`${IPHONE} ${WEBKIT} Version/26.0 Mobile/15E148 Safari/604.1`, 'Safari on iOS'],
  [
    'Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1',
    'Safari on iOS',
  ],
  [`${ANDROID} ${BLINK} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, 'Samsung Internet on Android'],
  [`${WINDOWS} ${BLINK} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0`, 'Opera on Windows'],
  [`${IPHONE} ${WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1 OPT/5.6.4`, 'Opera on iOS'],
  [`${LINUX} ${BLINK} Chrome/140.0.0.0 Safari/537.36 Vivaldi/7.6.3797.52`, 'Vivaldi on Linux'],
  [`${LINUX} ${WEBKIT} Version/26.0 Safari/605.1.15`, 'A browser on Linux'],
  [`${LINUX} ${BLINK} Safari/537.36`, 'A browser on Linux'],
  ['curl/8.14.1', 'A browser'],
  ['<b>Chrome</b>', 'A browser'],
  ['', 'A browser'],
  [undefined, 'A browser'],
])('names what says %s', (userAgent, name) => {
  expect(browserIn(userAgent)).toBe(name);
});

it('does not read on in what is longer than any browser says', () => {
  expect(browserIn(`${MAC} ${'Version/ '.repeat(100_000)}Safari/1 Chrome/1`)).toBe('A browser on macOS');
});
