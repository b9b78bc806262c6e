// The surfaces that pages are made of: a page's head, a card, a word of state, a place where nothing is yet.
import { type ReactNode, useEffect, useRef } from 'react';

interface HeadProps {
  readonly title: string;
  readonly children?: ReactNode;
  /** What can be done here. */
  readonly actions?: ReactNode;
}

let isFirst = true;

/** A page that comes without the browser's own loading has to be told to those who do not see it: its heading gets the focus. */
export function PageHead({ title, children, actions }: HeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isFirst) heading.current?.focus();
    isFirst = false;
  }, []);
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-4">
      <div className="max-w-2xl">
        <title>{`${title} · Mailroom`}</title>
        <h1 ref={heading} className="text-2xl font-semibold tracking-tight" tabIndex={-1}>
          {title}
        </h1>
        {children && <p className="mt-1 text-soft">{children}</p>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

export function Card({ children, className = '' }: { readonly children: ReactNode; readonly className?: string }) {
  return <section className={`min-w-0 rounded-2xl border border-line bg-card p-5 ${className}`}>{children}</section>;
}

const TONES = {
  plain: 'bg-sunk text-ink',
  good: 'bg-good-tint text-good',
  warn: 'bg-warn-tint text-warn',
  bad: 'bg-bad-tint text-bad',
} as const;
export type Tone = keyof typeof TONES;

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span className={`inline-block max-w-full rounded-2xl px-2.5 py-0.5 text-sm font-medium ${TONES[tone]}`}>
      {children}
    </span>
  );
}

export function Nothing({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="rounded-2xl border border-dashed border-strong-line px-5 py-10 text-center">
      <h2 className="font-semibold">{title}</h2>
      {children && <div className="mx-auto mt-1 max-w-prose text-soft">{children}</div>}
    </div>
  );
}
