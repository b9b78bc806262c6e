// What a REST route is: a path to a verb, and what the verb asks of its caller. Knows no particular one.
import type { z } from 'zod';
import type { Call, Context, Cost } from '../actions/context.ts';
import type { Act } from '../actions/perform.ts';

export interface Route extends Act {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** OpenAPI form, `{name}` for a path parameter. */
  readonly path: string;
  readonly summary: string;
  readonly output: z.ZodObject;
  readonly status?: 201;
  /** Bodies may be as large as a mail. */
  readonly large?: true;
  /** Names that the route has for parameters of its verb. */
  readonly renames?: Readonly<Record<string, string>>;
  /** The field that is the answer, when the answer is a bare list. */
  readonly unwrap?: string;
}

/** Checks types and nothing else. */
export const route = <I extends z.ZodObject>(
  definition: Omit<Route, 'input' | 'run' | 'called' | 'costs'> & {
    costs?: Cost;
    input: I;
    run: (ctx: Context, input: z.output<I>, call: Call) => Promise<object>;
  },
): Route => ({ costs: 'nothing', ...definition, called: calledBy(definition) });

/** As the audit knows it. */
export const calledBy = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method.toUpperCase()} ${path}`;

export const ACCOUNT = '/accounts/{account_id}';
