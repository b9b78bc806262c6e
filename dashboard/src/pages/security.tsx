// How the person signs in, and where they are signed in.
import { addressOf } from '../api/call.ts';
import { useMe } from '../api/me.ts';
import { useEndSession, useSessions } from '../api/sessions.ts';
import { Button, buttonClass } from '../parts/button.tsx';
import { Badge, Card, PageHead } from '../parts/card.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { When } from '../parts/when.tsx';

export function Security() {
  const { data: me } = useMe();
  const sessions = useSessions();
  const end = useEndSession();
  if (!me) return <Waiting />;
  const others = sessions.data?.filter(({ current }) => !current) ?? [];
  const ways = [
    me.has_password && `a password as ${me.login}`,
    me.passkeys > 0 && (me.passkeys === 1 ? 'a passkey' : `${me.passkeys} passkeys`),
  ].filter(Boolean);
  return (
    <>
      <PageHead title="Security">How you sign in here, and where you are signed in.</PageHead>
      <div className="space-y-4">
        <Card>
          <h2 className="text-lg font-semibold">Ways to sign in</h2>
          <p className="mt-1">
            {ways.length > 0
              ? `You have ${ways.join(' and ')}.`
              : 'You have none of your own yet: without one you need a new link to come back.'}
          </p>
          <p className="mt-3">
            <a href={addressOf('sign-in/ways')} className={buttonClass(ways.length > 0 ? 'second' : 'first')}>
              {ways.length > 0 ? 'Change them' : 'Set one up'}
            </a>
          </p>
        </Card>
        <Card>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <h2 className="text-lg font-semibold">Signed in</h2>
            {others.length > 0 && (
              <Button look="danger" busy={end.isPending && end.variables === null} onClick={() => end.mutate(null)}>
                Sign out everywhere else
              </Button>
            )}
          </div>
          <Trouble error={sessions.error ?? end.error} />
          <ul className="mt-2 divide-y divide-line">
            {sessions.data?.map(({ session_id, browser, current, last_used_at }) => (
              <li key={session_id} className="flex flex-wrap items-center justify-between gap-3 py-2.5">
                <div>
                  <p className="font-medium">
                    {browser} {current && <Badge tone="good">here</Badge>}
                  </p>
                  <p className="text-sm text-soft">
                    used <When time={last_used_at} />
                  </p>
                </div>
                {!current && (
                  <Button
                    aria-label={`Sign out ${browser}`}
                    busy={end.isPending && end.variables === session_id}
                    onClick={() => end.mutate(session_id)}
                  >
                    Sign out
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </Card>
      </div>
    </>
  );
}
