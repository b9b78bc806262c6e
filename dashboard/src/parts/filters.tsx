// What narrows a list: one of a few choices side by side, words, a yes or no.
import { type InputHTMLAttributes, type ReactNode, useId } from 'react';
import { fieldClass } from './field.tsx';

export interface ChipChoice<T> {
  readonly value: T;
  readonly label: string;
  /** How many there are of it. */
  readonly count?: number;
}

interface ChipsProps<T> {
  /** What is chosen here, for those who do not see it. */
  readonly label: string;
  readonly choices: readonly ChipChoice<T>[];
  readonly chosen: T;
  readonly onChoose: (value: T) => void;
}

export function Chips<T extends string | number>({ label, choices, chosen, onChoose }: ChipsProps<T>) {
  return (
    <fieldset className="flex flex-wrap gap-1" aria-label={label}>
      {choices.map(({ value, label: name, count }) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
          className="rounded-full border border-line bg-card px-3.5 py-1.5 hover:bg-tint aria-pressed:border-accent aria-pressed:bg-tint aria-pressed:font-semibold"
        >
          {name} {count !== undefined && <span className="ml-1 font-normal text-soft tabular-nums">{count}</span>}
        </button>
      ))}
    </fieldset>
  );
}

export function FilterRow({ children }: { readonly children: ReactNode }) {
  return <div className="my-3 flex flex-wrap items-center gap-x-4 gap-y-2">{children}</div>;
}

interface WordsProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> {
  readonly label: string;
  readonly onWords: (words: string) => void;
}

export function FilterWords({ label, onWords, ...rest }: WordsProps) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      className={`${fieldClass} w-full! sm:w-72!`}
      onChange={({ target }) => onWords(target.value)}
      {...rest}
    />
  );
}

interface YesProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onCheck: (checked: boolean) => void;
}

export function FilterYes({ label, checked, onCheck }: YesProps) {
  const id = useId();
  return (
    <span className="flex items-center gap-2">
      <input
        id={id}
        type="checkbox"
        className="size-4.5 shrink-0 accent-accent"
        checked={checked}
        onChange={({ target }) => onCheck(target.checked)}
      />
      <label htmlFor={id}>{label}</label>
    </span>
  );
}
