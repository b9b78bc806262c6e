// The test run: unit tests beside the code, contracts and journeys under test/.
import { defineConfig } from 'vitest/config';

/** Where CI wants the counts as JSON, beside what people read. */
const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/program.ts'],
    setupFiles: ['test/support/fuzz-seed.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
