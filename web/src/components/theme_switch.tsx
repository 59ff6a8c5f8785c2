// SPDX-License-Identifier: Apache-2.0

interface ThemeSwitchProps {
  shown: 'light' | 'dark';
  onChange: (theme: 'light' | 'dark') => void;
}

export function ThemeSwitch({ shown, onChange }: ThemeSwitchProps) {
  const other = shown === 'light' ? 'dark' : 'light';
  return (
    <button
      type="button"
      className="icon-button"
      onClick={() => onChange(other)}
      aria-label={`Switch to ${other} colours`}
      title={`Switch to ${other} colours`}
      data-testid="theme"
    >
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        {shown === 'light' ? (
          <path d="M14.6 10.9A6.2 6.2 0 0 1 7.1 3.4a6.2 6.2 0 1 0 7.5 7.5z" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
        ) : (
          <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
            <circle cx="9" cy="9" r="3.2" />
            <path d="M9 1.8v1.4M9 14.8v1.4M1.8 9h1.4M14.8 9h1.4M3.9 3.9l1 1M13.1 13.1l1 1M3.9 14.1l1-1M13.1 4.9l1-1" />
          </g>
        )}
      </svg>
    </button>
  );
}
