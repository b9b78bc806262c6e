// A body as an agent gets it, in which the marks that Mailroom itself has put, and what the sender quotes, can be told from the
// sender's own words.

/** In place of what an earlier mail of the conversation says. A mail cannot write one itself. */
export const QUOTED = /\[quoted: message [^\]]*\]/g;

interface Props {
  readonly text: string;
  /** The mark where it was cut. */
  readonly end: string | undefined;
}

export function Marked({ text, end }: Props) {
  if (text === '' && !end) return <p className="text-soft">It has no text.</p>;
  return (
    <div className="font-mono text-sm leading-relaxed whitespace-pre-wrap">
      {runsOf(text).map(({ quoted, lines }, i) =>
        quoted ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: runs of one text stand in its order
          <blockquote key={i} className="border-l-2 border-strong-line pl-2 text-soft">
            {pieces(lines)}
          </blockquote>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: runs of one text stand in its order
          <div key={i}>{pieces(lines)}</div>
        ),
      )}
      {end && (
        <p className="mt-2">
          <Mark>{end}</Mark>
        </p>
      )}
    </div>
  );
}

function pieces(text: string) {
  const marks = text.match(QUOTED) ?? [];
  return text.split(QUOTED).map((piece, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text stand in its order
    <span key={i}>
      {piece}
      {marks[i] && <Mark>{marks[i]}</Mark>}
    </span>
  ));
}

const Mark = ({ children }: { readonly children: string }) => (
  <mark className="rounded border border-warn bg-warn-tint px-1 text-warn">{children}</mark>
);

/** Lines that begin with `>` apart from the others. */
function runsOf(text: string): { readonly quoted: boolean; readonly lines: string }[] {
  const runs: { quoted: boolean; lines: string }[] = [];
  for (const line of text.split('\n')) {
    const quoted = line.startsWith('>');
    const last = runs.at(-1);
    if (last && last.quoted === quoted) last.lines += `\n${line}`;
    else runs.push({ quoted, lines: line });
  }
  return runs;
}
