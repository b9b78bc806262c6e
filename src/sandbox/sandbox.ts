// A pretend Gmail on loopback: users with mailboxes behind IMAP, SMTP and Google's HTTP, and a script of what shall go wrong.
import { type Authority, makeAuthority, makeServerCertificate } from './certificates.ts';
import { type Google, startGoogle } from './google/google.ts';
import { startImapServer } from './imap-server.ts';
import type { Mail } from './mail.ts';
import { Script } from './script.ts';
import { startSmtpServer } from './smtp-server.ts';
import { type Filing, file, type Submission } from './submission.ts';
import { PretendUser, type UserOptions } from './user.ts';

export interface SandboxOptions {
  readonly users: readonly UserOptions[];
  /** An authority to sign with instead of a fresh one, so that several sandboxes share one CA. */
  readonly authority?: Authority;
  /** Ports of 127.0.0.1; 0, the default, takes a free one. */
  readonly imapPort?: number;
  readonly smtpPort?: number;
  readonly googlePort?: number;
}

/** One command that a server saw; never a password. `email` is empty before the login. */
export interface LogEntry {
  readonly protocol: 'imap' | 'smtp';
  readonly email: string;
  /** Counts connections of one server from 1. */
  readonly session: number;
  /** The command without its tag and without literals. */
  readonly line: string;
}

/** Where a server listens, with a certificate for localhost and 127.0.0.1: IMAP in TLS from the start, SMTP by STARTTLS. */
export interface Endpoint {
  readonly host: '127.0.0.1';
  readonly port: number;
}

export interface Sandbox {
  readonly imap: Endpoint;
  readonly smtp: Endpoint;
  /** Google's sign-in and the Gmail API, plain HTTP. */
  readonly google: Google;
  /** The CA's certificate, PEM. */
  readonly ca: string;
  readonly authority: Authority;
  readonly script: Script;
  readonly log: readonly LogEntry[];
  /** Every mail that SMTP or the API took, in order, as the wire gave it. */
  readonly submissions: readonly Submission[];
  readonly users: readonly PretendUser[];
  /** Throws when there is no such user. */
  user(email: string): PretendUser;
  /** One more user from now on. */
  addUser(options: UserOptions): PretendUser;
  /** Cuts all connections and frees the ports. */
  close(): Promise<void>;
}

/** Starts the servers. Rejects with EADDRINUSE when a port is taken; nothing is left running then. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const users = new Map<string, PretendUser>();
  const addUser = (each: UserOptions): PretendUser => {
    const user = new PretendUser(each);
    users.set(user.email, user);
    return user;
  };
  for (const each of options.users) addUser(each);

  const authority = options.authority ?? (await makeAuthority());
  const certificate = await makeServerCertificate(authority);
  const script = new Script();
  const log: LogEntry[] = [];
  const findUser = (email: string) => users.get(email.toLowerCase());
  const listen = (protocol: LogEntry['protocol']) => ({
    certificate,
    script,
    findUser,
    onCommand: (entry: Omit<LogEntry, 'protocol'>) => void log.push({ protocol, ...entry }),
  });
  const submissions: Submission[] = [];
  const submit = (sender: PretendUser, submission: Submission, filing?: Filing): Mail => {
    submissions.push(submission);
    return file(sender, submission, findUser, filing);
  };
  const onMail = (email: string, submission: Submission): void => {
    submit(findUser(email)!, submission);
  };
  const running: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => void (await Promise.all(running.map((server) => server.close())));
  const start = async <T extends { close(): Promise<void> }>(server: Promise<T>): Promise<T> => {
    const started = await server.catch(async (error: unknown) => {
      await close();
      throw error;
    });
    running.push(started);
    return started;
  };
  const imap = await start(startImapServer({ ...listen('imap'), port: options.imapPort ?? 0 }));
  const smtp = await start(startSmtpServer({ ...listen('smtp'), onMail, port: options.smtpPort ?? 0 }));
  const google = await start(
    startGoogle({ script, findUser, submit, users: () => [...users.values()], port: options.googlePort ?? 0 }),
  );
  return {
    imap: { host: '127.0.0.1', port: imap.port },
    smtp: { host: '127.0.0.1', port: smtp.port },
    google,
    ca: authority.certificate,
    authority,
    script,
    log,
    submissions,
    get users() {
      return [...users.values()];
    },
    user(email) {
      const user = findUser(email);
      if (!user) throw new Error(`the sandbox has no user ${email}`);
      return user;
    },
    addUser,
    close,
  };
}
