// At-rules of style sheets: which hold on the screen that mail is read for. Pure; knows no rules.

/** Whether an at-rule's content holds on a desktop screen, 1024 by 768, light colours. */
export function holds(prelude: string): boolean {
  if (/^@(supports|layer|container|scope|starting-style|-moz-document)/.test(prelude)) return true;
  const media = /^@media\b([\s\S]*)$/.exec(prelude)?.[1];
  return media?.split(',').some((query) => holdsOnScreen(query.slice(0, 500))) ?? false;
}

function holdsOnScreen(query: string): boolean {
  const negated = /^\s*not\b/.test(query);
  const type = /^\s*(?:only\s+|not\s+)?([a-z]+)/.exec(query)?.[1] ?? 'all';
  const features = [...query.matchAll(/\(([^()]*)\)/g)].every(([, feature]) => hasFeature(feature!.trim()));
  return (['all', 'screen', 'and'].includes(type) && features) !== negated;
}

function hasFeature(feature: string): boolean {
  const [name = '', value = ''] = feature.split(':').map((part) => part.trim());
  const number = Number.parseFloat(value) * (/em$/.test(value) ? 16 : 1);
  const own = name.endsWith('height') ? 768 : 1024;
  if (/^min-(device-)?(width|height)$/.test(name)) return number <= own;
  if (/^max-(device-)?(width|height)$/.test(name)) return number >= own;
  if (name === 'prefers-color-scheme') return value === 'light' || value === 'no-preference';
  if (name === 'orientation') return value === 'landscape';
  return (
    ['color', 'hover', 'any-hover', 'pointer', 'any-pointer', 'scripting'].includes(name) &&
    !/^(none|coarse|0)$/.test(value)
  );
}
