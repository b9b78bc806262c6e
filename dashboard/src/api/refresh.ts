// Has queries asked anew that something has changed for: at once, and again when more came meanwhile, but none in a storm. Knows
// neither events nor pages.
import type { Query, QueryClient } from '@tanstack/react-query';

const GAP_MS = 1000;
/** A search that the copy cannot answer yet goes on to Gmail each time. */
const UNFINISHED = 10;

export class Refresher {
  readonly #queries: QueryClient;
  /** Those that were asked a moment ago, and whether they are to be asked once more. */
  readonly #resting = new Map<string, boolean>();

  constructor(queries: QueryClient) {
    this.#queries = queries;
  }

  /** All that fit; those that nobody looks at when somebody does. */
  refresh(fits: (query: Query) => boolean): void {
    for (const query of this.#queries.getQueryCache().getAll()) if (fits(query)) void this.#ask(query);
  }

  async #ask(query: Query): Promise<void> {
    const { queryHash, queryKey } = query;
    if (this.#resting.has(queryHash)) {
      this.#resting.set(queryHash, true);
      return;
    }
    this.#resting.set(queryHash, false);
    const began = Date.now();
    // The answer that is under way may be from before the change; what a person asked for is not broken off.
    if (query.state.fetchStatus === 'fetching') await query.promise?.catch(() => undefined);
    await this.#queries.invalidateQueries({ queryKey, exact: true });
    const took = Date.now() - began;
    await new Promise((resolve) => setTimeout(resolve, Math.max(gapOf(query) - took, took)));
    const again = this.#resting.get(queryHash);
    this.#resting.delete(queryHash);
    if (again) void this.#ask(query);
  }
}

/** A list that was gone through is asked page by page. */
function gapOf({ state: { data } }: Query): number {
  const pages = (data as { readonly pages?: readonly { readonly complete?: boolean }[] } | undefined)?.pages ?? [];
  return GAP_MS * Math.max(1, pages.length) * (pages[0]?.complete === false ? UNFINISHED : 1);
}
