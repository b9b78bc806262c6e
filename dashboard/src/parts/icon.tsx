// Drawings in lines: the small ones at the ways, and the product's mark.
import { addressOf } from '../api/call.ts';

export function Icon({ path, className = 'size-5' }: { readonly path: string; readonly className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}

/** The same drawing that stands in the browser's tab. */
export const Mark = () => <img src={addressOf('mark.svg')} alt="" width="28" height="28" className="size-7" />;
