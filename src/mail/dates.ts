// The Date header → an instant (RFC 5322 sections 3.3 and 4.3). Pure: neither the clock nor the machine's zone counts.

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Minutes east of UTC; military letters and unknown names count as UTC (RFC 5322 section 4.3). */
const ZONES: Readonly<Record<string, number>> = {
  edt: -240,
  est: -300,
  cdt: -300,
  cst: -360,
  mdt: -360,
  mst: -420,
  pdt: -420,
  pst: -480,
  cet: 60,
  cest: 120,
  bst: 60,
  jst: 540,
};

const USUAL =
  /^(?:[a-z]{2,9}\.?,?\s*)?(\d{1,2})[\s-]([a-z]{3})[a-z]*[\s-](\d{2,4})\s+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*(?:(?:gmt|utc?)?([+-])(\d{2}):?(\d{2})|([a-z]{1,5}))?/i;
/** As C's asctime writes it. */
const UNIX = /^[a-z]{3}\s+([a-z]{3})\s+(\d{1,2})\s+(\d{2}):(\d{2}):(\d{2})\s+(?:([a-z]{1,5})\s+)?(\d{4})/i;
const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})$/i;

/** Epoch milliseconds, or null for what is no date between the years 1900 and 9999. A missing zone counts as UTC. */
export function readDate(field: string): number | null {
  const text = field
    .slice(0, 200)
    .replace(/\([^()]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const usual = USUAL.exec(text);
  if (usual) {
    const [, day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes, zone] = usual;
    const east = sign
      ? (sign === '-' ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes))
      : (ZONES[zone?.toLowerCase() ?? ''] ?? 0);
    return instant(fullYear(year!), month!, day!, [hour, minute, second], east);
  }
  const unix = UNIX.exec(text);
  if (unix) {
    const [, month, day, hour, minute, second, zone, year] = unix;
    return instant(Number(year), month!, day!, [hour, minute, second], ZONES[zone?.toLowerCase() ?? ''] ?? 0);
  }
  return ISO.test(text) ? inRange(Date.parse(text.replace(/\s(?=\d)/, 'T').replace(/\s/g, ''))) : null;
}

function instant(
  year: number,
  monthName: string,
  day: string,
  time: (string | undefined)[],
  east: number,
): number | null {
  const month = MONTHS.indexOf(monthName.toLowerCase());
  const [hour = 0, minute = 0, second = 0] = time.map((part) => Number(part ?? 0));
  if (month < 0 || hour > 24 || minute > 59 || second > 60 || Math.abs(east) > 24 * 60) return null;
  const date = new Date(Date.UTC(year, month, Number(day), hour, minute, second));
  // 31 February is not the 3rd of March.
  if (Number(day) < 1 || Number(day) > new Date(Date.UTC(year, month + 1, 0)).getUTCDate()) return null;
  return inRange(date.getTime() - east * 60_000);
}

/** Two digits as RFC 5322 section 4.3 reads them. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return text.length === 3 ? 1900 + year : year;
}

const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(10_000, 0, 1);
const inRange = (ms: number): number | null => (ms >= EARLIEST && ms < LATEST ? ms : null);
