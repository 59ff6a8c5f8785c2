// SPDX-License-Identifier: Apache-2.0

// Returns the address when it is a web address, else null: `javascript:` and its kin must not become links.
export function safeUrl(text: string | null | undefined): string | null {
  if (!text) return null;
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}
