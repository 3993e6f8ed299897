import { defineConfig } from 'vite';

export default defineConfig({
  base: '/_local/console/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  // The content security policy admits no inline script and no data as a script.
  build: { modulePreload: { polyfill: false }, assetsInlineLimit: 0, target: 'es2022' },
  clearScreen: false,
});
