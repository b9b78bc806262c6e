// What went wrong, and what to do about it; read out as soon as it appears.
import type { ReactNode } from 'react';
import { Notice } from './notice.tsx';
import { wordsFor } from './words.ts';

interface Props {
  readonly error: unknown;
  readonly children?: ReactNode;
}

export function Trouble({ error, children }: Props) {
  if (!error) return null;
  const { what, cure } = wordsFor(error);
  return (
    <Notice tone="bad" role="alert" title={what} className="mb-4">
      {cure && <p className="mt-0.5">{cure}</p>}
      {children && <div className="mt-2 flex flex-wrap gap-2">{children}</div>}
    </Notice>
  );
}
