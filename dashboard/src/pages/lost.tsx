// For an address that is none of ours.
import { Link } from '@tanstack/react-router';
import { Nothing, PageHead } from '../parts/card.tsx';

export function Lost() {
  return (
    <>
      <PageHead title="There is no such page" />
      <Nothing title="The address leads nowhere.">
        <Link to="/" className="text-accent underline">
          Go to the overview
        </Link>
      </Nothing>
    </>
  );
}
