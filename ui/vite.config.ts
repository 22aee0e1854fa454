import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export const alias = { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) };

export default defineConfig({
  base: './',
  resolve: { alias },
  plugins: [svelte()],
  clearScreen: false,
  // The fake host's sites are the starters, which stand beside this folder.
  server: { port: 5173, strictPort: false, fs: { allow: ['..'] } },
  build: {
    target: 'safari16',
    outDir: 'dist',
    // The window's policy has no `data:` for fonts, and a file of its own is cached better than text in the style sheet.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
