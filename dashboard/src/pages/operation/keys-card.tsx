// The keys of the server: what seals credentials, and the narrower keys that apps hold.
import { useState } from 'react';
import { useDeleteServiceKey, useEncryptionKeys, useServiceKeys } from '../../api/operation.ts';
import type { ServiceKey } from '../../api/shapes.ts';
import { Button } from '../../parts/button.tsx';
import { Badge, Card } from '../../parts/card.tsx';
import { Question } from '../../parts/question.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { When } from '../../parts/when.tsx';

export function KeysCard() {
  const sealing = useEncryptionKeys();
  const service = useServiceKeys();
  const remove = useDeleteServiceKey();
  const [ending, setEnding] = useState<ServiceKey | null>(null);
  return (
    <div className="mt-8 grid gap-4 xl:grid-cols-2">
      <Card>
        <h2 className="text-lg font-semibold">Encryption keys</h2>
        <Trouble error={sealing.error} />
        <ul className="mt-2 divide-y divide-line">
          {sealing.data?.map(({ key_id, writes, given, sealed }) => (
            <li key={key_id} className="flex flex-wrap items-center justify-between gap-2 py-2">
              <code className="font-mono">{key_id}</code>
              <span className="flex items-center gap-2 text-soft">
                seals {sealed} {sealed === 1 ? 'value' : 'values'}
                {writes && <Badge tone="good">in use</Badge>}
                {!given && <Badge tone="bad">not given</Badge>}
              </span>
            </li>
          ))}
        </ul>
        <p className="mt-2 text-sm text-soft">
          <code className="font-mono">mailroom keys rotate</code> makes a new one and seals everything under it.
        </p>
      </Card>
      <Card>
        <h2 className="text-lg font-semibold">Service keys</h2>
        <Trouble error={service.error} />
        {service.data?.length === 0 && (
          <p className="mt-2 text-soft">No narrower key is out; the operator’s own is not listed.</p>
        )}
        <ul className="mt-2 divide-y divide-line">
          {service.data?.map((key) => (
            <li key={key.key_id} className="flex flex-wrap items-center justify-between gap-3 py-2.5">
              <div>
                <p className="font-medium">{key.name}</p>
                <p className="text-sm text-soft">
                  for {key.can.join(', ')}
                  {key.user_id !== null && ` of ${key.user_id}`}, made <When time={key.created_at} />
                  {key.expires_at && (
                    <>
                      , ends <When time={key.expires_at} />
                    </>
                  )}
                </p>
              </div>
              <Button look="danger" onClick={() => setEnding(key)}>
                Delete
              </Button>
            </li>
          ))}
        </ul>
      </Card>
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
    </div>
  );
}
