// Which words of a path stand where a pattern names them. Knows no route.

/** The words by their names in the pattern (`/users/{email}`), decoded; null where the path is another. */
export function pathWords(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  const words: Record<string, string> = {};
  for (const [index, word] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(word)?.[1];
    if (!name && word !== given[index]) return null;
    if (name) words[name] = decoded(given[index]!);
  }
  return words;
}

/** A word of a path; as it stands where it is not well encoded. */
export function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
