// The search box: Gmail's language, with its operators offered as one types (ARIA combobox).
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { fieldClass } from '../../parts/field.tsx';
import { completionsFor, type Operator, withCompletion } from './operators.ts';

interface Props {
  readonly query: string;
  readonly busy: boolean;
  readonly onSearch: (query: string) => void;
}

export function SearchBox({ query, busy, onSearch }: Props) {
  const [text, setText] = useState(query);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [caret, setCaret] = useState(query.length);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => setText(query), [query]);
  const goesOn = useRef<number | null>(null);
  // Before the next key: a caret that is put there later would stand before what was typed meanwhile.
  useLayoutEffect(() => {
    if (goesOn.current === null) return;
    input.current?.focus();
    input.current?.setSelectionRange(goesOn.current, goesOn.current);
    goesOn.current = null;
  });
  const offered = open ? completionsFor(text, caret) : [];

  const take = ({ name }: Operator): void => {
    const next = withCompletion(text, caret, name);
    setText(next.text);
    setCaret(next.caret);
    setAt(-1);
    goesOn.current = next.caret;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const chosen = offered[at];
    if (step !== 0 && offered.length > 0) {
      event.preventDefault();
      setAt((at + step + offered.length) % offered.length);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === 'Escape') {
      setOpen(false);
      setAt(-1);
    }
  };
  return (
    <search className="min-w-64 flex-1">
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          setOpen(false);
          onSearch(text.trim());
        }}
      >
        <div className="relative flex-1">
          <input
            ref={input}
            type="search"
            role="combobox"
            aria-label="Search mail"
            aria-expanded={offered.length > 0}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={at >= 0 && offered[at] ? `${id}-${at}` : undefined}
            autoComplete="off"
            spellCheck={false}
            placeholder="from:amy has:attachment newer_than:7d"
            className={fieldClass}
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              setCaret(target.selectionStart ?? target.value.length);
              setOpen(true);
              setAt(-1);
            }}
            onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart ?? 0)}
            onBlur={() => setOpen(false)}
            onKeyDown={onKeyDown}
          />
          <div
            id={`${id}-list`}
            role="listbox"
            aria-label="Operators"
            hidden={offered.length === 0}
            className="absolute z-10 mt-1 max-h-80 w-full overflow-y-auto rounded-xl border border-line bg-card py-1 shadow-lg"
          >
            {offered.map((operator, i) => (
              <div
                key={operator.name}
                id={`${id}-${i}`}
                role="option"
                tabIndex={-1}
                aria-selected={i === at}
                className="flex cursor-pointer justify-between gap-4 px-3 py-1.5 hover:bg-tint aria-selected:bg-tint"
                onMouseDown={(event) => {
                  event.preventDefault();
                  take(operator);
                }}
              >
                <span className="shrink-0 font-mono">{operator.name}</span>
                <span className="text-right text-soft">{operator.about}</span>
              </div>
            ))}
          </div>
        </div>
        <Button type="submit" look="first" busy={busy}>
          Search
        </Button>
      </form>
    </search>
  );
}
