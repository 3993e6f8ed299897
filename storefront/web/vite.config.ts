import { defineConfig } from 'vitest/config';

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  // amazon-cognito-identity-js was written for bundlers that supply Node's `global`.
  define: { global: 'globalThis' },
  // The content security policy admits no inline script and no data as a script.
  build: { modulePreload: { polyfill: false }, assetsInlineLimit: 0, target: 'es2022' },
  clearScreen: false,
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
