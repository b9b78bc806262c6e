// The lines that we write into a mail's body ourselves, and what keeps a mail from writing them. Pure.

/** In place of what an earlier message of the thread says. */
export const quotedMark = (id: string): string => `[quoted: message ${id}]`;

/** At the end of a body that was cut; numbers in code points. */
export const truncatedMark = (shown: number, total: number, next: number): string =>
  `[truncated: ${shown} of ${total} characters; continue with offset ${next}]`;

/** The same text, as long as before, in which nothing looks like one of these lines. */
export const withoutOurMarks = (text: string): string => text.replace(OURS, '(');

const OURS = /\[(?=\s{0,9}(?:quoted|truncated)\s{0,9}:)/giu;
