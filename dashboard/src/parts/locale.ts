// How times and amounts are written: the pages speak English, so these do too, in the reader's own kind of it. Times are the browser's.

export const LOCALE: string = navigator.languages.find((each) => /^en\b/i.test(each)) ?? 'en-GB';
