// Form fields with their labels, what is wrong with them, and choices.
import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

export const fieldClass =
  'w-full min-h-10 rounded-lg border border-strong-line bg-page px-3 py-1.5 text-ink aria-invalid:border-2 aria-invalid:border-bad';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly wrong?: string | undefined;
}

export function Field({ label, hint, wrong, className = '', ...rest }: FieldProps) {
  const id = useId();
  const told = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ');
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block font-semibold">
        {label}
      </label>
      <input
        id={id}
        className={fieldClass}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={told || undefined}
        {...rest}
      />
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-soft">
          {hint}
        </p>
      )}
      {wrong && (
        <p id={`${id}-wrong`} className="mt-1 text-sm font-medium text-bad">
          {wrong}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly type: 'checkbox' | 'radio';
  readonly label: ReactNode;
  readonly hint?: ReactNode;
}

export function Choice({ label, hint, ...rest }: ChoiceProps) {
  const id = useId();
  return (
    <div className="flex gap-3 py-1">
      <input
        id={id}
        className="mt-1 size-4.5 shrink-0 accent-accent"
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...rest}
      />
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-sm text-soft">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
