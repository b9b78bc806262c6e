// Before each test file: where fast-check's random numbers begin. A run is repeatable, so that red means a change made it red;
// FUZZ_SEED=random looks for what nobody has found yet.
import fc from 'fast-check';

const given = process.env.FUZZ_SEED ?? '20261125';
if (given !== 'random') fc.configureGlobal({ seed: Number(given) });
