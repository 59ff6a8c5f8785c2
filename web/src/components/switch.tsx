// SPDX-License-Identifier: Apache-2.0

interface SwitchProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  title?: string;
}

export function Switch({ label, checked, onChange, title }: SwitchProps) {
  return (
    <label className="switch" title={title}>
      <input type="checkbox" role="switch" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span className="switch-track" aria-hidden="true" />
      <span>{label}</span>
    </label>
  );
}
