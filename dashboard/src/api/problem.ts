// What the server says when it refuses (RFC 9457), as an error.

interface Told {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly field?: string;
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** What to do about it; empty when there is nothing. */
  readonly hint: string;
  /** What of the question it is about; empty when it is about the whole. */
  readonly field: string;

  constructor(status: number, { code, detail, hint, field }: Told) {
    super(detail || 'The server gave no reason.');
    this.name = 'Problem';
    this.status = status;
    this.code = code ?? 'unknown';
    this.hint = hint ?? '';
    this.field = field ?? '';
  }
}

/** Whatever went wrong, as it is shown. */
export const problemOf = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem(0, {
        code: 'unreachable',
        detail: 'Mailroom did not answer.',
        hint: 'Check that it runs and that this device is online, then try again.',
      });
