// HTML of a stranger → HTML that shows the same in a locked frame: known elements and attributes, written anew. The frame's policy is
// the wall; this is before it, because a browser opens connections for what its policy then refuses. Bounded. Pure.
import { Parser } from 'htmlparser2';
import { LIMITS } from './limits.ts';
import { escapeHtml } from './text-to-html.ts';

/** The parser's own stack costs quadratic time; browsers go no deeper than 512. */
const MOST_DEPTH = 1000;
/** Tags and runs of text together. */
const MOST_PIECES = 200_000;

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));
/** Of others the content is shown and the tag is not. */
const SHOWN = words(
  `a abbr acronym address area article aside b bdi bdo big blockquote body br button caption center cite code col colgroup dd del
  details dfn dialog dir div dl dt em fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr html i img input ins kbd
  label legend li main map mark menu nav ol optgroup option p picture pre q rp rt ruby s samp section select small span strike
  strong style sub summary sup table tbody td textarea tfoot th thead time tr tt u ul var wbr`,
);
const VOID = words('area br col hr img input wbr');
/** Neither the tag nor what is in it. */
const SILENT = words('iframe noembed noframes script template title');
/** What shows something, and nothing that leads a frame or a form anywhere; where a link goes is seen and not gone to. */
const ATTRIBUTES = words(
  `abbr align alt background bgcolor border cellpadding cellspacing charoff checked cite class clear color cols colspan compact
  coords datetime dir disabled face frame headers height hidden href hspace id label lang media nowrap open placeholder popover reversed role rows
  rowspan rules scope selected shape size sizes span src srcset start style summary title type usemap valign value vspace width`,
);

/**
 * Text is escaped and tags are ours, so that no reading of it by a browser finds anything else. What lies over the limits is left
 * out, and `isCut` says so.
 */
export function htmlToShow(html: string): { html: string; isCut: boolean } {
  const out: string[] = [];
  let isCut = html.length > LIMITS.htmlChars;
  let pieces = 0;
  let depth = 0;
  let silent = 0;
  let inStyle = false;
  const stop = (): void => {
    isCut = true;
    parser.pause();
  };
  const parser: Parser = new Parser(
    {
      onopentag: (name, attributes) => {
        if (++depth > MOST_DEPTH || ++pieces > MOST_PIECES) return stop();
        if (SILENT.has(name)) silent++;
        if (silent > 0 || !SHOWN.has(name)) return;
        inStyle = name === 'style';
        out.push(`<${name}${Object.entries(attributes).map(attribute).join('')}>`);
      },
      ontext: (text) => {
        if (++pieces > MOST_PIECES) return stop();
        if (silent === 0) out.push(inStyle ? styleText(text) : escapeHtml(text));
      },
      onclosetag: (name) => {
        depth--;
        if (SILENT.has(name)) silent--;
        else if (silent === 0 && SHOWN.has(name) && !VOID.has(name)) out.push(`</${name}>`);
        if (name === 'style') inStyle = false;
      },
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  );
  parser.end(html.slice(0, LIMITS.htmlChars));
  return { html: out.join(''), isCut };
}

const attribute = ([name, value]: [string, string]): string =>
  ATTRIBUTES.has(name) ? ` ${name}="${escapeHtml(value)}"` : '';

/** The element's text is not unescaped, so nothing in it may look like its end; to CSS it is the same. */
const styleText = (css: string): string => css.replaceAll('<', '\\3c ');
