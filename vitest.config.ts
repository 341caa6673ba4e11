import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { projects } from './test/support/run/budgets.ts';

/**
 * One vitest project per stage of `test/budgets.json`: the folder a test lies in says which
 * project runs it, and the same file holds the project's time budget.
 */
export default defineConfig({
  test: {
    // By itself vitest leaves one processor idle, which on two of them is half.
    maxWorkers: availableParallelism(),
    projects: projects().map((stage) => ({
      test: {
        name: stage.name,
        include: [...stage.include],
        exclude: ['**/node_modules/**', 'dist/**', '.data/**'],
        environment: 'node',
        pool: 'forks',
        globalSetup: [...stage.globalSetup],
        setupFiles: ['test/support/run/seed.ts'],
        testTimeout: stage.testTimeoutMs,
        hookTimeout: stage.testTimeoutMs,
        fileParallelism: !stage.serial,
        // Scenarios that share a virtual time are lived side by side, however many they are.
        maxConcurrency: 100,
        sequence: { hooks: 'stack' },
      },
    })),
  },
});
