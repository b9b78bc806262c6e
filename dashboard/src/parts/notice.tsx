// A few words that stand out: how something went, or what is wrong.
import type { ReactNode } from 'react';
import { useArrival } from './focus.ts';

const LOOKS = {
  good: 'border-good bg-good-tint',
  warn: 'border-warn bg-warn-tint',
  bad: 'border-bad bg-bad-tint',
} as const;
const TITLES = { good: 'text-good', warn: 'text-warn', bad: 'text-bad' } as const;

interface Props {
  readonly tone: keyof typeof LOOKS;
  readonly title?: string;
  /** Read out as soon as it appears: at once, or when there is a pause. */
  readonly role?: 'alert' | 'status';
  readonly className?: string;
  readonly children?: ReactNode;
}

export function Notice({ tone, title, role, className = '', children }: Props) {
  return (
    <div role={role} className={`rounded-lg border-l-4 px-4 py-3 ${LOOKS[tone]} ${className}`}>
      {title && <p className={`font-semibold ${TITLES[tone]}`}>{title}</p>}
      {children}
    </div>
  );
}

/** That something is gone now. It takes the focus, which what is gone had. */
export function Gone({ children }: { readonly children: ReactNode }) {
  const place = useArrival<HTMLDivElement>();
  return (
    <div ref={place} tabIndex={-1}>
      <Notice tone="good">{children}</Notice>
    </div>
  );
}
