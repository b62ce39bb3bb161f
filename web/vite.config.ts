import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const outDir = fileURLToPath(new URL('../internal/server/webui/dist', import.meta.url));

export default defineConfig({
  base: '/',
  plugins: [
    react(),
    {
      // The Go program embeds this folder, so it must exist in a fresh clone too.
      name: 'keep-out-dir',
      apply: 'build',
      closeBundle: () => writeFileSync(`${outDir}/.gitkeep`, ''),
    },
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    // An inlined script or font would need looser rules in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/rest': 'http://127.0.0.1:8080',
      '/webhooks': 'http://127.0.0.1:8080',
    },
  },
  test: {
    environment: 'jsdom',
    globals: true,
    setupFiles: ['./src/test/setup.ts'],
    css: false,
    restoreMocks: true,
    testTimeout: 15000,
    maxWorkers: 2,
  },
});
