import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const host = { group: ['@tauri-apps/*'], message: 'Only lib/backend/tauri.ts speaks to the host.' };
const features = { group: ['**/features/**', '**/shell/**'], message: 'lib knows no feature.' };
const others = {
  regex: '^(\\.\\./\\.\\./shell|\\.\\./(?!\\.\\.)[a-z]+/)',
  message: 'A feature imports lib only: never another feature, never the shell.',
};
const domain = {
  regex: '^\\$lib/(?!ui/|commands/keys)',
  message: 'lib/ui knows no domain.',
};
const restrict = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

export default tseslint.config(
  { ignores: ['dist', 'src/lib/bindings', 'tests/.artifacts'] },
  ...tseslint.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, svelteConfig } },
  },
  {
    rules: {
      'no-undef': 'off',
      'prefer-const': 'off',
      'svelte/prefer-const': 'off',
      // Sets and maps that nothing is drawn from are plain on purpose.
      'svelte/prefer-svelte-reactivity': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  // Imports run downward only: shell, features, lib.
  { files: ['src/**'], rules: restrict(host) },
  { files: ['src/lib/**'], rules: restrict(host, features) },
  { files: ['src/lib/ui/**'], rules: restrict(host, features, domain) },
  { files: ['src/features/**'], rules: restrict(host, others) },
  { files: ['src/lib/backend/tauri.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['src/**/*.svelte'], rules: { 'max-lines': ['error', { max: 220, skipBlankLines: true }] } },
);
