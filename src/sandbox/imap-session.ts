// One IMAP connection: its state, the loop over its commands, and what it is told between them. Knows no command's meaning.

import { type Command, compile, type Item, parseCommand } from './imap-syntax.ts';
import type { ImapWire } from './imap-wire.ts';
import type { View, ViewChange } from './mail.ts';
import type { Script } from './script.ts';
import type { PretendUser } from './user.ts';

/** What a command leaves for its tagged line: `OK …`, `NO …` or `BAD …`. */
export type Reply = string;

export interface CommandRule {
  readonly state: 'any' | 'authenticated' | 'selected';
  /** Answers by sequence number, so no EXPUNGE may be told with it (RFC 3501 section 7.4.1). */
  readonly keepsNumbers?: boolean;
  run(session: ImapSession, command: Command): Reply | Promise<Reply>;
}

/** The mailbox that a session has open: its own numbering, brought up to date only when it may be told. */
export interface Selected {
  readonly view: View;
  readonly readOnly: boolean;
  /** Sequence number minus one → UID. */
  readonly uids: number[];
  readonly added: Set<number>;
  readonly removed: Set<number>;
  readonly flagged: Set<number>;
}

export interface SessionHost {
  readonly script: Script;
  readonly commands: ReadonlyMap<string, CommandRule>;
  findUser(email: string): PretendUser | undefined;
  log(line: string, session: ImapSession): void;
}

export class ImapSession {
  readonly id: number;
  readonly host: SessionHost;
  readonly wire: ImapWire;
  user: PretendUser | null = null;
  selected: Selected | null = null;
  condstore = false;
  utf8 = false;
  /** Compression begins behind the reply of the command at hand. */
  compressNext = false;
  #idling = false;
  #loggedOut = false;
  readonly #releases: (() => void)[] = [];

  constructor(id: number, host: SessionHost, wire: ImapWire) {
    this.id = id;
    this.host = host;
    this.wire = wire;
  }

  /** Greets and serves until the peer leaves. Never rejects. */
  async serve(): Promise<void> {
    this.line('OK Gimap ready for requests from 127.0.0.1');
    try {
      for (;;) {
        const line = await this.wire.readCommand();
        if (!line || !(await this.#answer(line))) break;
      }
      await this.wire.end();
    } catch {
      this.wire.destroy();
    } finally {
      for (const release of this.#releases) release();
    }
  }

  /** Runs when the connection is over. */
  onEnd(release: () => void): void {
    this.#releases.push(release);
  }

  /** The account that is logged in; commands of state `authenticated` have one. */
  get owner(): PretendUser {
    if (!this.user) throw new Error('no user is logged in');
    return this.user;
  }

  /** The open mailbox; commands of state `selected` have one. */
  get open(): Selected {
    if (!this.selected) throw new Error('no mailbox is selected');
    return this.selected;
  }

  logIn(user: PretendUser): void {
    this.user = user;
    this.wire.email = user.email;
    this.onEnd(user.connect(() => this.wire.destroy()));
    this.onEnd(user.onChange((change) => this.#hear(change)));
    this.onEnd(this.host.script.onAdd(() => this.#byeInIdle()));
  }

  logOut(): void {
    this.#loggedOut = true;
  }

  /** An untagged line; octets as Latin-1. */
  line(text: string): void {
    this.wire.write(`* ${text}\r\n`);
  }

  /** An untagged line of items. */
  send(...items: Item[]): void {
    this.line(compile(items));
  }

  /** Tells what happened in the open mailbox since the last time. */
  announce(withExpunges: boolean): void {
    const open = this.selected;
    if (!open) return;
    if (withExpunges) {
      for (const uid of open.removed) {
        const index = open.uids.indexOf(uid);
        if (index < 0) continue;
        open.uids.splice(index, 1);
        this.line(`${index + 1} EXPUNGE`);
      }
      open.removed.clear();
    }
    if (open.added.size > 0) {
      open.uids.push(...open.added);
      open.added.clear();
      this.line(`${open.uids.length} EXISTS`);
    }
    for (const uid of open.flagged) {
      const mail = open.view.mails.get(uid);
      const number = open.uids.indexOf(uid) + 1;
      if (!mail || number === 0) continue;
      const modseq = this.condstore ? ` MODSEQ (${mail.modseq})` : '';
      this.line(`${number} FETCH (UID ${uid}${modseq} FLAGS (${[...mail.flags].join(' ')}))`);
    }
    open.flagged.clear();
  }

  /** IDLE of RFC 2177: told at once until the peer says DONE; false when it left or was sent away. */
  async idle(): Promise<boolean> {
    this.wire.write('+ idling\r\n');
    this.#idling = true;
    this.announce(true);
    this.#byeInIdle();
    const line = await this.wire.readLine();
    this.#idling = false;
    return line !== null && !this.wire.closed && /^done$/i.test(line.toString('latin1').trim());
  }

  /** `* BYE` and the end. */
  bye(text: string): void {
    this.line(`BYE ${text}`);
    void this.wire.end();
  }

  async #answer(line: Buffer): Promise<boolean> {
    let command: Command;
    try {
      command = parseCommand(line);
    } catch {
      const tag = /^[^\s(){%*"\\]+/.exec(line.toString('latin1'))?.[0] ?? '*';
      return this.#reply(tag, 'BAD Could not parse command');
    }
    this.host.log(loggable(line, command), this);
    const rule = this.host.commands.get(command.name);
    const reply = rule ? await this.#run(rule, command) : 'BAD Unknown command';
    if (this.wire.closed) return false;
    this.announce(!rule?.keepsNumbers);
    return (await this.#reply(command.tag, reply)) && !this.#loggedOut;
  }

  async #run(rule: CommandRule, command: Command): Promise<Reply> {
    if (rule.state !== 'any' && !this.user) return 'BAD Command not allowed before login';
    if (rule.state === 'selected' && !this.selected) return 'BAD No mailbox selected';
    const scripted = this.user
      ? this.host.script.take(this.user.email, 'answer', (fault) => fault.command.toUpperCase() === command.name)
      : undefined;
    return scripted ? scripted.text : rule.run(this, command);
  }

  async #reply(tag: string, reply: Reply): Promise<boolean> {
    const bye = this.user && this.host.script.count(this.user.email, 'bye');
    if (bye) {
      this.bye(bye.text ?? 'Temporary System Problem');
      return false;
    }
    if (this.user && this.host.script.isExhausted(this.user.email)) {
      this.bye('[OVERQUOTA] Account exceeded command or bandwidth limits.');
      return false;
    }
    this.wire.write(`${tag} ${reply}\r\n`);
    if (this.compressNext) await this.wire.compress();
    this.compressNext = false;
    await this.wire.relax();
    return !this.wire.closed;
  }

  #byeInIdle(): void {
    if (!this.#idling || !this.user) return;
    const fault = this.host.script.take(this.user.email, 'bye-in-idle');
    if (fault) this.bye(fault.text ?? '[OVERQUOTA] Account exceeded command or bandwidth limits.');
  }

  #hear(change: ViewChange): void {
    const open = this.selected;
    if (!open || change.view !== open.view) return;
    switch (change.kind) {
      case 'added':
        open.added.add(change.uid);
        break;
      case 'removed':
        if (!open.added.delete(change.uid)) open.removed.add(change.uid);
        break;
      case 'flags':
        open.flagged.add(change.uid);
        break;
      case 'labels':
        // Gmail raises MODSEQ but says nothing.
        return;
      case 'reset':
        this.bye('Mailbox was reset, please reconnect.');
        return;
    }
    if (this.#idling) this.announce(true);
  }
}

function loggable(line: Buffer, command: Command): string {
  if (command.name === 'LOGIN' || command.name.startsWith('AUTHENTICATE')) return `${command.name} ...`;
  const firstLine = line.toString('utf8', command.tag.length + 1, 2000).split('\r\n')[0];
  return firstLine ?? '';
}
