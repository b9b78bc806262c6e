// How each client is told of the server and its key. Knows no page.

interface Configured {
  readonly where: string;
  readonly text: string;
}

interface Client {
  readonly name: string;
  readonly configure: (url: string, token: string) => Configured;
}

const json = (value: object): string => JSON.stringify(value, null, 2);

export const CLIENTS: readonly Client[] = [
  {
    name: 'Claude Desktop',
    configure: (url, token) => ({
      where: 'Settings → Developer → Edit Config: put this into claude_desktop_config.json and start Claude again.',
      text: json({
        mcpServers: {
          mailroom: {
            command: 'npx',
            args: [
              '-y',
              'mcp-remote@0.15.1',
              url,
              ...(url.startsWith('http:') ? ['--allow-http'] : []),
              '--header',
              // Without a blank: Claude Desktop for Windows breaks arguments at blanks.
              `Authorization:\${MAILROOM_AUTHORIZATION}`,
            ],
            env: { MAILROOM_AUTHORIZATION: `Bearer ${token}` },
          },
        },
      }),
    }),
  },
  {
    name: 'Claude Code',
    configure: (url, token) => ({
      where: 'Run this in a terminal.',
      text: `claude mcp add --transport http mailroom ${url} --header "Authorization: Bearer ${token}"`,
    }),
  },
  {
    name: 'Cursor',
    configure: (url, token) => ({
      where: 'Put this into ~/.cursor/mcp.json, or .cursor/mcp.json of a project.',
      text: json({ mcpServers: { mailroom: { url, headers: { Authorization: `Bearer ${token}` } } } }),
    }),
  },
  {
    name: 'VS Code',
    configure: (url, token) => ({
      where: 'Put this into .vscode/mcp.json, or run “MCP: Open User Configuration”.',
      text: json({ servers: { mailroom: { type: 'http', url, headers: { Authorization: `Bearer ${token}` } } } }),
    }),
  },
  {
    name: 'HTTP',
    configure: (url, token) => ({
      where: 'Any MCP client that takes headers: Streamable HTTP at this address. This one call lists the tools.',
      text: [
        `curl -s ${url} \\`,
        `  -H "Authorization: Bearer ${token}" \\`,
        `  -H "Content-Type: application/json" \\`,
        `  -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'`,
      ].join('\n'),
    }),
  },
];
