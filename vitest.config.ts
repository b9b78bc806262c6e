// The test run: unit tests beside the code, contracts and journeys under test/.
import { defineConfig } from 'vitest/config';

/** Where CI wants the counts as JSON, beside what people read. */
const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    setupFiles: ['test/support/fuzz-seed.ts'],
    pool: 'forks',
    // One more than a small machine has cores: journeys wait for a good part of their time.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      {
        extends: true,
        test: { name: 'journeys', include: ['test/**/*.test.ts'], globalSetup: ['test/support/program.ts'] },
      },
      // They leave nothing behind in their process, so that it may go on with the next file.
      { extends: true, test: { name: 'units', include: ['src/**/*.test.ts'], isolate: false } },
    ],
  },
});
