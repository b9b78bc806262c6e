// A key that was just made, ready to be pasted into the client that is to have it.
import { useId, useState } from 'react';
import type { Minted } from '../../api/shapes.ts';
import { Button } from '../../parts/button.tsx';
import { Copied } from '../../parts/copied.tsx';
import { useArrival } from '../../parts/focus.ts';
import { CLIENTS } from './clients.ts';

export function Configuration({ minted, onClose }: { readonly minted: Minted; readonly onClose: () => void }) {
  const heading = useArrival<HTMLHeadingElement>();
  const [chosen, setChosen] = useState(0);
  const id = useId();
  const client = CLIENTS[chosen] ?? CLIENTS[0]!;
  const { where, text } = client.configure(new URL('mcp', document.baseURI).href, minted.token);
  return (
    <div className="mt-4 rounded-xl border border-accent p-4">
      <h3 ref={heading} tabIndex={-1} className="font-semibold">
        The key is made. It is shown this once.
      </h3>
      <p className="mt-1 text-soft">Choose where it goes; the text is complete.</p>
      <div role="tablist" aria-label="Client" className="mt-3 flex flex-wrap gap-1">
        {CLIENTS.map(({ name }, i) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-tab-${i}`}
            aria-selected={i === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={i === chosen ? 0 : -1}
            onClick={() => setChosen(i)}
            onKeyDown={({ key, currentTarget }) => {
              const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
              if (step === 0) return;
              const next = (chosen + step + CLIENTS.length) % CLIENTS.length;
              setChosen(next);
              (currentTarget.parentElement?.children[next] as HTMLElement | undefined)?.focus();
            }}
            className="rounded-lg px-3 py-1.5 text-soft hover:bg-tint aria-selected:bg-tint aria-selected:font-semibold aria-selected:text-ink"
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${chosen}`} className="mt-3 space-y-3">
        <p>{where}</p>
        <Copied label={client.name} text={text} />
      </div>
      <details className="mt-3">
        <summary className="cursor-pointer text-soft">The key alone</summary>
        <div className="mt-2">
          <Copied label="Key" text={minted.token} />
        </div>
      </details>
      <Button className="mt-4" onClick={onClose}>
        I have it
      </Button>
    </div>
  );
}
