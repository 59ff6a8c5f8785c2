// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '../api/client';

interface NoticeProps {
  title: string;
  advice?: string;
  error?: unknown;
  onRetry?: () => void;
}

// Says what is the matter and what to do about it.
export function Notice({ title, advice, error, onRetry }: NoticeProps) {
  return (
    <div className="notice" role={error ? 'alert' : 'status'}>
      <p className="notice-title">{title}</p>
      {error !== undefined && <p>{detailOf(error)}</p>}
      {advice !== undefined && <p>{advice}</p>}
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

function detailOf(error: unknown): string {
  if (error instanceof ApiError) return `${error.message} ${error.advice}`;
  return error instanceof Error ? error.message : String(error);
}
