import { defineConfig } from 'vitest/config';

/** Journeys through the built window in Chromium, with the real backend. */
export default defineConfig({
  test: {
    include: ['tests/real/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['tests/real/server.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
