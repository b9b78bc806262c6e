// For a page that could not be shown, because its files are not there any more or something in it went wrong.
import { Button } from '../parts/button.tsx';
import { Nothing, PageHead } from '../parts/card.tsx';

export function Broken() {
  return (
    <div role="alert">
      <PageHead title="This page could not be shown" />
      <Nothing title="Something went wrong in it, or a newer version came meanwhile.">
        <p>Load it again. When that does not help, tell whoever runs this Mailroom.</p>
        <p className="mt-4">
          <Button look="first" onClick={() => location.reload()}>
            Load it again
          </Button>
        </p>
      </Nothing>
    </div>
  );
}
