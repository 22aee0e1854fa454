import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { alias } from '../vite.config.ts';

/** Units: stores and rules, without a browser. */
export default defineConfig({
  plugins: [svelte()],
  resolve: { alias, conditions: ['browser'] },
  test: { include: ['tests/unit/**/*.test.ts'], environment: 'node' },
});
