// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const kFiles = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'NOTICE'];

// Puts the licence and notice texts of the bundled packages beside the bundle, as their licences ask.
export function licenceNotices(packages: string[]): Plugin {
  return {
    name: 'licence-notices',
    apply: 'build',
    generateBundle() {
      const parts = packages.flatMap((name) => noticesOf(name));
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: parts.join('\n') });
    },
  };
}

function noticesOf(name: string): string[] {
  const folder = join('node_modules', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    version: string;
    license: string;
  };
  const texts = kFiles
    .map((file) => join(folder, file))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8').trim());
  const rule = '='.repeat(78);
  return [`${rule}\n${name} ${manifest.version} (${manifest.license})\n${rule}\n`, ...texts.map((text) => `${text}\n`)];
}
