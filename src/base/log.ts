// JSON lines on stderr, with everything that could be a secret taken out. Knows no configuration.
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

const SECRET_KEYS = [
  'password',
  'app_password',
  'appPassword',
  'pass',
  'token',
  'authorization',
  'key',
  'secret',
  'auth',
];

/**
 * The process's logger. Lines go to stderr (stdout belongs to protocols). Values under a name that a secret could bear
 * are replaced at the first two levels; mail text is never handed to a logger in the first place.
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[secret]' },
      serializers: { err: describeError },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** What a log line says of an error: class, code, our message, and the cause's code without its text. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack } = error;
  const code = (error as { code?: unknown }).code;
  const cause = error.cause instanceof Error ? describeError(error.cause) : undefined;
  return {
    name,
    code,
    message,
    cause,
    at: stack
      ?.split('\n')
      .slice(1, 4)
      .map((line) => line.trim()),
  };
}
