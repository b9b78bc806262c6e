// A list with what narrows it above, and its next page below. Knows nothing of what is listed.
import { type ReactNode, useId } from 'react';
import { Button } from './button.tsx';
import { Nothing } from './card.tsx';
import { FilterRow } from './filters.tsx';
import { Trouble } from './trouble.tsx';
import { Waiting } from './waiting.tsx';

/** As far as it is known: an infinite query of pages. */
interface Asked<T> {
  readonly data: { readonly pages: readonly { readonly items: readonly T[] }[] } | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
}

interface Props<T> {
  readonly title: string;
  readonly filters: ReactNode;
  readonly asked: Asked<T>;
  /** What is said where there is none. */
  readonly none: string;
  /** The words of the button for the next page. */
  readonly more: string;
  readonly idOf: (item: T) => string | number;
  readonly row: (item: T) => ReactNode;
}

export function List<T>({ title, filters, asked, none, more, idOf, row }: Props<T>) {
  const id = useId();
  const shown = asked.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section aria-labelledby={id} className="mt-8">
      <h2 id={id} className="text-lg font-semibold">
        {title}
      </h2>
      <FilterRow>{filters}</FilterRow>
      <Trouble error={asked.error} />
      {asked.isPending && <Waiting />}
      {asked.data && shown.length === 0 && <Nothing title={none} />}
      <ol className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-card wrap-anywhere empty:hidden">
        {shown.map((item) => (
          <li key={idOf(item)} className="px-4 py-3">
            {row(item)}
          </li>
        ))}
      </ol>
      {asked.hasNextPage && (
        <Button className="mt-3" busy={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {more}
        </Button>
      )}
    </section>
  );
}
