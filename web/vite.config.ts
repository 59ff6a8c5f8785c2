// SPDX-License-Identifier: Apache-2.0
import react from '@vitejs/plugin-react';
import { configDefaults, defineConfig } from 'vitest/config';
import { licenceNotices } from './tools/licence_notices';

// `npm run dev` forwards the API to a running tapewire (or the mock server).
const backend = process.env['TAPEWIRE_URL'] ?? 'http://127.0.0.1:8090';

export default defineConfig({
  plugins: [react(), licenceNotices(['react', 'react-dom', 'scheduler', 'lightweight-charts', 'fancy-canvas'])],
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsDir: 'assets',
    // A data: URL for a small asset would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': backend,
      '/ws': { target: backend, ws: true },
    },
  },
  test: {
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}'],
    exclude: [...configDefaults.exclude],
  },
});
