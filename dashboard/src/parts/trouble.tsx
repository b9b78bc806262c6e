// What went wrong, and what to do about it; read out as soon as it appears.
import type { ReactNode } from 'react';
import { problemOf } from '../api/problem.ts';

interface Props {
  readonly error: unknown;
  readonly children?: ReactNode;
}

export function Trouble({ error, children }: Props) {
  if (!error) return null;
  const { message, hint } = problemOf(error);
  return (
    <div role="alert" className="rounded-lg border-l-4 border-bad bg-bad-tint px-4 py-3">
      <p className="font-semibold text-bad">{message}</p>
      {hint && <p className="mt-0.5">{hint}</p>}
      {children && <div className="mt-2 flex flex-wrap gap-2">{children}</div>}
    </div>
  );
}
