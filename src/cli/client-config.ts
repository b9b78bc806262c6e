// What an MCP client is told of a Mailroom, and where it reads that: one form a client. Reads no file and makes no token.
import { posix, win32 } from 'node:path';

export const CLIENTS = ['claude-desktop', 'claude-code', 'cursor', 'vscode'] as const;
export type ClientName = (typeof CLIENTS)[number];

/** Where the command runs. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** Of Windows: where programs keep settings. */
  readonly appData: string | undefined;
  /** Of Linux. */
  readonly configHome: string | undefined;
  readonly cwd: string;
}

/** How the client gets to Mailroom, and as whom. */
export interface Way {
  readonly token: string;
  /** Of the server, without a path; asked by clients that reach it over HTTP. */
  readonly url: () => string;
  /** What starts `mailroom stdio`, for clients that start their servers. */
  readonly start: { readonly command: string; readonly args: readonly string[] };
  /** Where its data and keys are, for the same. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is put into the client's file: one entry, in one of its members. */
export interface Entry {
  readonly path: string;
  readonly member: 'mcpServers' | 'servers';
  readonly server: object;
  /** A command that does the same, where there is one. */
  readonly command?: string;
  /** The file lies in a folder that others may be given. */
  readonly shared: boolean;
}

export const ENTRY_NAME = 'mailroom';

export function entryFor(client: ClientName, way: Way, machine: Machine): Entry {
  const { join } = machine.platform === 'win32' ? win32 : posix;
  const url = (): string => `${way.url().replace(/\/+$/, '')}/mcp`;
  const headers = { Authorization: `Bearer ${way.token}` };
  switch (client) {
    case 'claude-desktop':
      return {
        path: join(claudeFolder(machine), 'claude_desktop_config.json'),
        member: 'mcpServers',
        server: { ...way.start, env: { ...way.env, MAILROOM_TOKEN: way.token } },
        shared: false,
      };
    case 'claude-code':
      return {
        path: join(machine.cwd, '.mcp.json'),
        member: 'mcpServers',
        server: { type: 'http', url: url(), headers },
        command: `claude mcp add --transport http ${ENTRY_NAME} ${url()} --header "Authorization: Bearer ${way.token}"`,
        shared: true,
      };
    case 'cursor':
      return {
        path: join(machine.home, '.cursor', 'mcp.json'),
        member: 'mcpServers',
        server: { url: url(), headers },
        shared: false,
      };
    case 'vscode':
      return {
        path: join(machine.cwd, '.vscode', 'mcp.json'),
        member: 'servers',
        server: { type: 'http', url: url(), headers },
        shared: true,
      };
  }
}

function claudeFolder({ platform, home, appData, configHome }: Machine): string {
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'Claude');
  if (platform === 'win32') return win32.join(appData ?? win32.join(home, 'AppData', 'Roaming'), 'Claude');
  return posix.join(configHome ?? posix.join(home, '.config'), 'Claude');
}

/**
 * The file's text with the entry in it; all else in it stays, in its order and with its indentation. Null when the text is not one
 * JSON object, or the member is none.
 */
export function withEntry(text: string | null, { member, server }: Entry): string | null {
  const given = text === null || text.trim() === '' ? {} : parsed(text.replace(/^\uFEFF/, ''));
  const servers = given?.[member] ?? {};
  if (given === null || !isObject(servers)) return null;
  const indent = /^([ \t]+)"/m.exec(text ?? '')?.[1] ?? '  ';
  const changed = { ...given, [member]: { ...servers, [ENTRY_NAME]: server } };
  return `${JSON.stringify(changed, null, indent)}\n`;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
