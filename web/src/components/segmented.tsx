// SPDX-License-Identifier: Apache-2.0

interface Option<T extends string> {
  value: T;
  text: string;
  title?: string;
  disabled?: boolean;
}

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
}

// A row of choices of which one holds: radio buttons to the keyboard and to a screen reader.
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>) {
  const name = label.replaceAll(' ', '-').toLowerCase();
  return (
    <fieldset className="segmented">
      <legend className="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option.value} title={option.title} data-disabled={option.disabled || undefined}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            disabled={option.disabled ?? false}
            onChange={() => onChange(option.value)}
          />
          <span>{option.text}</span>
        </label>
      ))}
    </fieldset>
  );
}
