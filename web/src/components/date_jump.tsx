// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'react';
import { isNyDate, type NyDate } from '../time/new_york';

interface DateJumpProps {
  // The New York date on the screen.
  shown: NyDate | '';
  first: NyDate | undefined;
  last: NyDate | undefined;
  onJump: (date: NyDate) => void;
}

export function DateJump({ shown, first, last, onJump }: DateJumpProps) {
  const [typed, setTyped] = useState<string | null>(null);
  useEffect(() => setTyped(null), [shown]);
  const jump = (): void => {
    if (typed !== null && isNyDate(typed)) onJump(typed);
    setTyped(null);
  };
  return (
    <form
      className="date-jump"
      onSubmit={(event) => {
        event.preventDefault();
        jump();
      }}
    >
      <label>
        <span className="visually-hidden">Go to a date (New York)</span>
        <input
          type="date"
          className="field num"
          value={typed ?? shown}
          min={first}
          max={last}
          title="Go to a date (New York)"
          data-testid="date-jump"
          onChange={(event) => {
            setTyped(event.target.value);
            // A date chosen in the calendar goes at once; one being typed waits for Enter or for leaving the field.
            if (isNyDate(event.target.value) && event.target.value >= '1990') onJump(event.target.value);
          }}
          onBlur={jump}
        />
      </label>
    </form>
  );
}
