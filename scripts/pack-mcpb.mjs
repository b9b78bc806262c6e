// Makes mailroom.mcpb, the bundle that a desktop client installs by a click: the packed package with its libraries and a
// manifest that starts `mailroom stdio`. Knows the outside of the product only.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseNode, npm, say } from './runtime.mjs';

const PACKER = '@anthropic-ai/mcpb@2.1.2';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bundlePath = join(root, 'mailroom.mcpb');

/** What the bundle tells a client, from the package's own manifest. */
export function bundleManifest({ name, version, description, license, engines }) {
  const entry = `server/node_modules/${name}/bin/mailroom.js`;
  return {
    manifest_version: '0.3',
    name: 'mailroom',
    display_name: 'Mailroom',
    version,
    description,
    author: { name: 'Mailroom' },
    license,
    server: {
      type: 'node',
      entry_point: entry,
      mcp_config: {
        command: 'node',
        args: [`\${__dirname}/${entry}`, 'stdio'],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the client fills these in
        env: { DATA_DIR: '${user_config.data_dir}' },
      },
    },
    user_config: {
      data_dir: {
        type: 'directory',
        title: 'Where the copy of the mail is kept',
        description: 'A folder on an encrypted disk. The keys lie elsewhere, in ~/.config/mailroom.',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the client fills these in
        default: '${HOME}/.local/share/mailroom',
        required: true,
      },
    },
    tools_generated: true,
    compatibility: { platforms: ['darwin', 'linux', 'win32'], runtimes: { node: engines.node } },
  };
}

function pack() {
  const node = chooseNode(root);
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  const folder = mkdtempSync(join(tmpdir(), 'pack-mcpb-'));
  const run = (args, cwd, what) => {
    if (!npm(node, args, { cwd, env })) throw new Error(`${what} ended badly`);
  };
  try {
    const bundle = join(folder, 'bundle');
    const server = join(bundle, 'server');
    mkdirSync(server, { recursive: true });
    run(['pack', '--pack-destination', folder], root, 'npm pack');
    const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
    writeFileSync(join(server, 'package.json'), '{ "private": true }\n');
    run(['install', join(folder, tarball), '--omit=dev'], server, 'the installation');
    const manifest = bundleManifest(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    writeFileSync(join(bundle, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    rmSync(bundlePath, { force: true });
    const tool = join(folder, 'tool');
    mkdirSync(tool);
    writeFileSync(join(tool, 'package.json'), '{ "private": true }\n');
    run(['install', PACKER], tool, `the installation of ${PACKER}`);
    const packer = join(tool, 'node_modules/@anthropic-ai/mcpb');
    const { bin } = JSON.parse(readFileSync(join(packer, 'package.json'), 'utf8'));
    // Checks the manifest before it packs.
    const { status } = spawnSync(
      node,
      [join(packer, typeof bin === 'string' ? bin : bin.mcpb), 'pack', bundle, bundlePath],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env,
      },
    );
    if (status !== 0) throw new Error('the packing ended badly');
    say(`Made ${bundlePath}.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    pack();
  } catch (error) {
    say(`The bundle could not be made: ${error.message}`);
    process.exitCode = 1;
  }
}
