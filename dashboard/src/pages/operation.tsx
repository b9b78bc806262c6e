// The operator's view: how the server is, whose mailbox is behind and why, which keys there are.
import { useSystem } from '../api/operation.ts';
import { PageHead } from '../parts/card.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Accounts } from './operation/accounts.tsx';
import { KeysCard } from './operation/keys-card.tsx';
import { People } from './operation/people.tsx';
import { Server } from './operation/server.tsx';

export function Operation() {
  const system = useSystem();
  return (
    <>
      <PageHead title="Operation">All people and accounts of this server, and the server itself.</PageHead>
      <Trouble error={system.error} />
      {system.isPending && <Waiting />}
      {system.data && (
        <>
          <Server system={system.data} />
          <Accounts />
          <People />
          <KeysCard />
        </>
      )}
    </>
  );
}
