// For an address that is none of ours, or that names something that is not here: what it is, and a way back.
import { Link } from '@tanstack/react-router';
import { buttonClass } from '../parts/button.tsx';
import { Nothing, PageHead } from '../parts/card.tsx';

export function Lost() {
  return (
    <Missing title="There is no such page" to="/" back="Go to the overview">
      The address leads nowhere; perhaps it is mistyped.
    </Missing>
  );
}

interface Props {
  readonly title: string;
  readonly children: string;
  readonly to: string;
  /** What the way back is called. */
  readonly back: string;
}

export function Missing({ title, children, to, back }: Props) {
  return (
    <>
      <PageHead title={title} />
      <Nothing title={children}>
        <p className="mt-4">
          <Link to={to} className={buttonClass('first')}>
            {back}
          </Link>
        </p>
      </Nothing>
    </>
  );
}
