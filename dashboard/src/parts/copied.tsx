// Text that is there to be copied.
import { useState } from 'react';
import { Button } from './button.tsx';

const SHOWN_MS = 2000;

export function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  const [done, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(setDone, SHOWN_MS, false);
  };
  return (
    <div className="rounded-lg border border-line bg-sunk">
      <div className="flex items-center justify-between gap-2 border-b border-line px-3 py-1.5">
        <span className="text-sm font-medium text-soft">{label}</span>
        <Button look="quiet" aria-label={`Copy ${label}`} onClick={() => void copy()}>
          {done ? 'Copied' : 'Copy'}
        </Button>
        <span role="status" className="sr-only">
          {done ? `${label} copied` : ''}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto p-3 font-mono text-sm whitespace-pre">
        {text}
      </pre>
    </div>
  );
}
