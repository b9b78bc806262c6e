// The keys of the server and their age: what seals credentials, and the narrower keys that apps hold.
import { useState } from 'react';
import { useDeleteServiceKey, useEncryptionKeys, useServiceKeys } from '../../api/operation.ts';
import type { EncryptionKey, ServiceKey } from '../../api/shapes.ts';
import { counted } from '../../parts/amount.ts';
import { Button } from '../../parts/button.tsx';
import { Badge, Card } from '../../parts/card.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Question } from '../../parts/question.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { When } from '../../parts/when.tsx';

const DAY_MS = 86_400_000;
/** No rule of the field's, only a good habit. */
const OLD_AFTER_MS = 365 * DAY_MS;
const SOON_MS = 14 * DAY_MS;

export function KeysCard() {
  return (
    <div className="mt-8 grid gap-4 xl:grid-cols-2">
      <Encryption />
      <Service />
    </div>
  );
}

const isOld = ({ since }: EncryptionKey): boolean => since !== null && Date.now() - Date.parse(since) > OLD_AFTER_MS;

function Encryption() {
  const keys = useEncryptionKeys();
  return (
    <Card>
      <h2 className="text-lg font-semibold">Encryption keys</h2>
      <Trouble error={keys.error} />
      {keys.isPending && <Waiting />}
      <ul className="mt-2 divide-y divide-line">
        {keys.data?.map(({ key_id, writes, given, sealed, since }) => (
          <li key={key_id} className="py-2.5">
            <p className="flex flex-wrap items-center justify-between gap-2">
              <code className="font-mono">{key_id}</code>
              {writes ? <Badge tone="good">in use</Badge> : given && <Badge>opens only</Badge>}
              {!given && <Badge tone="bad">not given</Badge>}
            </p>
            <p className="text-sm text-soft">
              seals {counted(sealed, 'value')}
              {since && (
                <>
                  , here since <When time={since} />
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
      {keys.data?.some((each) => each.writes && isOld(each)) && (
        <Notice tone="warn" title="This key has been in use for more than a year." className="mt-2">
          <p>Nothing is wrong with it; a change now and then limits what one that got lost could open.</p>
        </Notice>
      )}
      {keys.data?.some(({ given }) => !given) && (
        <Notice tone="bad" title="What a missing key seals cannot be opened." className="mt-2">
          <p>Give that key back, or connect those accounts again.</p>
        </Notice>
      )}
      <p className="mt-2 text-sm text-soft">
        <code className="font-mono">mailroom keys rotate</code> makes a new one and seals everything under it, while
        calls go on.
      </p>
    </Card>
  );
}

function Service() {
  const service = useServiceKeys();
  const remove = useDeleteServiceKey();
  const [ending, setEnding] = useState<ServiceKey | null>(null);
  return (
    <Card>
      <h2 className="text-lg font-semibold">Service keys</h2>
      <Trouble error={service.error} />
      {service.isPending && <Waiting />}
      {service.data?.length === 0 && (
        <p className="mt-2 text-soft">No app has a narrower key. The operator’s own is not listed.</p>
      )}
      <ul className="mt-2 divide-y divide-line">
        {service.data?.map((key) => (
          <li key={key.key_id} className="flex flex-wrap items-center justify-between gap-3 py-2.5">
            <div className="min-w-0">
              <p className="font-medium">
                {key.name} <Expiry time={key.expires_at} />
              </p>
              <p className="text-sm text-soft">
                for {key.can.join(', ')} of {key.user_id ?? 'everybody'}
              </p>
              <p className="text-sm text-soft">
                made <When time={key.created_at} />
                {', '}
                {key.last_used_at ? (
                  <>
                    last used <When time={key.last_used_at} />
                  </>
                ) : (
                  'not used yet'
                )}
                {', '}
                {key.expires_at ? (
                  <>
                    ends <When time={key.expires_at} />
                  </>
                ) : (
                  'never ends'
                )}
              </p>
            </div>
            <Button look="danger" aria-label={`Delete the key ${key.name}`} onClick={() => setEnding(key)}>
              Delete
            </Button>
          </li>
        ))}
      </ul>
      <Question
        open={ending !== null}
        title={`Delete the key “${ending?.name ?? ''}”?`}
        yes="Delete it"
        busy={remove.isPending}
        error={remove.error}
        onYes={() => ending && remove.mutate(ending.key_id, { onSuccess: () => setEnding(null) })}
        onClose={() => setEnding(null)}
      >
        <p>Whoever holds it is turned away at once.</p>
      </Question>
    </Card>
  );
}

function Expiry({ time }: { readonly time: string | null }) {
  if (time === null) return null;
  const left = Date.parse(time) - Date.now();
  if (left <= 0) return <Badge tone="bad">has ended</Badge>;
  return left < SOON_MS ? <Badge tone="warn">ends soon</Badge> : null;
}
