// A dialog that asks before something is done that cannot be undone.
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';
import { Trouble } from './trouble.tsx';

interface Props {
  readonly open: boolean;
  readonly title: string;
  /** What will happen, in so many words. */
  readonly children: ReactNode;
  readonly yes: string;
  readonly look?: 'first' | 'danger';
  readonly busy?: boolean;
  readonly error?: unknown;
  readonly onYes: () => void;
  readonly onClose: () => void;
}

export function Question({ open, title, children, yes, look = 'danger', busy = false, error, onYes, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={onClose}
      className="m-auto w-[min(32rem,calc(100vw-2rem))] rounded-2xl border border-line bg-card p-6 text-ink"
    >
      {open && (
        <>
          <h2 id={id} className="text-lg font-semibold">
            {title}
          </h2>
          <div className="mt-2 space-y-2">{children}</div>
          <div className="mt-3">
            <Trouble error={error} />
          </div>
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button look={look} busy={busy} onClick={onYes}>
              {yes}
            </Button>
          </div>
        </>
      )}
    </dialog>
  );
}
