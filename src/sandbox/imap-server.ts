// The IMAP side of the pretend Gmail: a TLS listener on loopback that gives each connection a session. Knows no command.
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { ServerCertificate } from './certificates.ts';
import { connectionCommands } from './imap-commands/connection.ts';
import { copyCommands } from './imap-commands/copy.ts';
import { fetchCommands } from './imap-commands/fetch.ts';
import { folderCommands } from './imap-commands/folders.ts';
import { loginCommands } from './imap-commands/login.ts';
import { searchCommands } from './imap-commands/search.ts';
import { storeCommands } from './imap-commands/store.ts';
import { type CommandRule, ImapSession } from './imap-session.ts';
import { ImapWire } from './imap-wire.ts';
import type { Script } from './script.ts';
import type { PretendUser } from './user.ts';

const COMMANDS: ReadonlyMap<string, CommandRule> = new Map(
  Object.entries({
    ...connectionCommands,
    ...loginCommands,
    ...folderCommands,
    ...fetchCommands,
    ...storeCommands,
    ...searchCommands,
    ...copyCommands,
  }),
);

export interface ImapServerOptions {
  readonly certificate: ServerCertificate;
  /** 0 takes a free one. */
  readonly port: number;
  readonly script: Script;
  readonly findUser: (email: string) => PretendUser | undefined;
  /** Told of each command; `email` is empty before the login. */
  readonly onCommand: (entry: { email: string; session: number; line: string }) => void;
}

export interface RunningServer {
  readonly port: number;
  /** Cuts every connection and resolves when the port is free. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1, implicit TLS. */
export async function startImapServer(options: ImapServerOptions): Promise<RunningServer> {
  const sockets = new Set<TLSSocket>();
  let sessions = 0;
  const server = createServer({ ...options.certificate, minVersion: 'TLSv1.2' }, (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    // A peer that resets is no concern of a server; the session ends by its read.
    socket.on('error', () => socket.destroy());
    const host = {
      script: options.script,
      commands: COMMANDS,
      findUser: options.findUser,
      log: (line: string, session: ImapSession) =>
        options.onCommand({ email: session.user?.email ?? '', session: session.id, line }),
    };
    void new ImapSession(++sessions, host, new ImapWire(socket, options.script)).serve();
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
