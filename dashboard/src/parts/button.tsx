// Buttons and links that look like them.
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';

type Look = 'first' | 'second' | 'quiet' | 'danger';

const LOOKS: Readonly<Record<Look, string>> = {
  first: 'border-accent bg-accent text-accent-ink hover:border-accent-down hover:bg-accent-down',
  second: 'border-strong-line bg-card text-ink hover:bg-tint',
  quiet: 'px-0! border-transparent bg-transparent text-soft underline underline-offset-4 hover:text-ink',
  danger: 'border-bad bg-card text-bad hover:bg-bad-tint',
};

/** For a link that is to look like a button. */
export const buttonClass = (look: Look = 'second'): string =>
  `inline-flex min-h-10 items-center justify-center gap-2 rounded-lg border px-3.5 py-1.5 font-semibold ${LOOKS[look]}`;

/** For a link within words. */
export const linkClass = 'text-accent underline underline-offset-4 hover:text-accent-down';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: Look;
  /** While what it does goes on. */
  readonly busy?: boolean;
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = 'second', busy = false, type = 'button', disabled, className = '', ...rest }: Props) {
  return (
    <button
      type={type}
      aria-busy={busy}
      disabled={disabled || busy}
      className={`${buttonClass(look)} disabled:opacity-60 ${className}`}
      {...rest}
    />
  );
}
