// Where the processes that tests start keep what Node has compiled, so that each of hundreds does not strip and compile the
// same sources anew.

export const COMPILED = {
  NODE_COMPILE_CACHE: new URL('../../node_modules/.cache/compiled', import.meta.url).pathname,
} as const;
