// The keys of an agent: those that are out, a new one, taking one back.
import { useState } from 'react';
import { useRevoke, useTokens } from '../../api/profiles.ts';
import type { Me, Minted, Narrowing, Profile, Token } from '../../api/shapes.ts';
import { Button } from '../../parts/button.tsx';
import { Badge, Card } from '../../parts/card.tsx';
import { useReturn } from '../../parts/focus.ts';
import { Gone } from '../../parts/notice.tsx';
import { inWords } from '../../parts/permissions.tsx';
import { Question } from '../../parts/question.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { When } from '../../parts/when.tsx';
import { Configuration } from './configuration.tsx';
import { NewKey } from './new-key.tsx';

export function Keys({ me, profile }: { readonly me: Me; readonly profile: Profile }) {
  const tokens = useTokens(me.user_id, profile.profile_id);
  const revoke = useRevoke();
  const [making, setMaking] = useState(false);
  const [minted, setMinted] = useState<Minted | null>(null);
  const newKey = useReturn<HTMLButtonElement>(making || minted !== null);
  const [ending, setEnding] = useState<Token | null>(null);
  const [gone, setGone] = useState<string | null>(null);
  const revoked = (id: string): void => {
    setEnding(null);
    setGone(id);
  };
  return (
    <Card>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lg font-semibold">Keys</h2>
        {!making && !minted && (
          <Button ref={newKey} look="first" onClick={() => setMaking(true)}>
            New key
          </Button>
        )}
      </div>
      {making && (
        <NewKey
          me={me}
          profile={profile}
          onMinted={(made) => {
            setMinted(made);
            setMaking(false);
          }}
          onClose={() => setMaking(false)}
        />
      )}
      {minted && <Configuration minted={minted} onClose={() => setMinted(null)} />}
      {gone && <Gone key={gone}>The key is revoked.</Gone>}
      <Trouble error={tokens.error} />
      {tokens.data?.length === 0 && !minted && !making && <p className="mt-2 text-soft">No key is out.</p>}
      <ul className="mt-3 divide-y divide-line">
        {tokens.data?.map((token) => (
          <li key={token.token_id} className="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
              <p>
                <span className="font-medium">{token.client?.name ?? 'Key'}</span>{' '}
                {token.client && <Badge>signed in, {token.client.redirect_host}</Badge>} may{' '}
                {inWords(token.permissions)}
              </p>
              <p className="text-sm text-soft">
                {token.last_used_at ? (
                  <>
                    last used <When time={token.last_used_at} />
                  </>
                ) : (
                  'never used'
                )}
                {', made '}
                <When time={token.created_at} />, ends <When time={token.expires_at} />
              </p>
              {token.only && <p className="text-sm text-soft">Only {narrowingInWords(token.only)}</p>}
            </div>
            <Button look="danger" onClick={() => setEnding(token)}>
              Revoke
            </Button>
          </li>
        ))}
      </ul>
      <Question
        open={ending !== null}
        title="Revoke this key?"
        yes="Revoke it"
        busy={revoke.isPending}
        error={revoke.error}
        onYes={() => ending && revoke.mutate(ending.token_id, { onSuccess: () => revoked(ending.token_id) })}
        onClose={() => setEnding(null)}
      >
        <p>Whoever holds it is turned away at once, also on connections that are open. This cannot be undone.</p>
      </Question>
    </Card>
  );
}

export function narrowingInWords({ labels, senders, newer_than, recipients }: Narrowing): string {
  const listed = (all: readonly string[]): string => all.join(', ') || 'none';
  return [
    labels && `mail with the label ${listed(labels)}`,
    senders && `mail from ${listed(senders)}`,
    newer_than && `mail newer than ${newer_than}`,
    recipients && `writing to ${recipients.length === 0 ? 'nobody' : listed(recipients)}`,
  ]
    .filter(Boolean)
    .join('; ');
}
