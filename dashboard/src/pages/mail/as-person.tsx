// How a person sees a mail: as its sender made it, in a frame that runs nothing, loads nothing and leads nowhere.
import { htmlAddress } from '../../api/mail.ts';
import type { Message } from '../../api/shapes.ts';

export function AsPerson({ accountId, mail }: { readonly accountId: string; readonly mail: Message }) {
  return (
    <section aria-labelledby="as-person" className="flex min-w-0 flex-col">
      <h3 id="as-person" className="mb-2 font-semibold">
        As a person sees it
      </h3>
      <iframe
        title={`The mail “${mail.subject ?? ''}” as its sender made it`}
        sandbox=""
        src={htmlAddress(accountId, mail.message_id)}
        className="min-h-[28rem] w-full grow rounded-2xl border border-line bg-white"
      />
      <ul className="mt-2 list-disc space-y-0.5 pl-5 text-sm text-soft">
        <li>
          Pictures are not loaded, so that nobody learns that it was opened; a dashed frame stands in their place.
        </li>
        <li>
          Scripts and forms do not work here, and links lead nowhere. An agent gets the links’ addresses in brackets.
        </li>
      </ul>
    </section>
  );
}
