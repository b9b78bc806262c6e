// What is told of the package in several places is told alike, and the image is built from files that are there.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const manifest = json('package.json');
const { bundleManifest } = (await import(new URL('../scripts/pack-mcpb.mjs', import.meta.url).href)) as {
  bundleManifest: (manifest: object) => object;
};

describe('the package', () => {
  it('has one name and one version in the registry entry, the lockfile and the bundle', () => {
    const server = json('server.json');
    expect([server.name, server.version]).toEqual([manifest.mcpName, manifest.version]);
    expect(server.packages.map(({ identifier, version }: typeof manifest) => [identifier, version])).toEqual([
      [manifest.name, manifest.version],
    ]);
    expect(server.description.length).toBeLessThanOrEqual(100);
    expect(json('package-lock.json').version).toBe(manifest.version);
    expect(bundleManifest(manifest)).toMatchObject({
      version: manifest.version,
      server: { entry_point: `server/node_modules/${manifest.name}/${manifest.bin.mailroom}` },
    });
  });

  it('brings the libraries of every command', () => {
    const lock = json('package-lock.json').packages;
    for (const name of Object.keys(manifest.dependencies))
      expect([name, lock[`node_modules/${name}`].dev]).toEqual([name, undefined]);
    const texts = JSON.stringify(lock);
    expect(texts).not.toContain('"resolved"');
  });
});

describe('the image', () => {
  const dockerfile = readFileSync('Dockerfile', 'utf8');
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n');

  it('copies only what exists and what is sent to the builder', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--)(.*) \S+$/gm)].flatMap(([, words]) => words!.split(' '));
    expect(copied).toContain('src');
    for (const path of copied)
      expect([path, existsSync(path), ignored.includes(`!${path}`)]).toEqual([path, true, true]);
  });

  it('runs as a user without rights, says whether it is well, and keeps keys and mail apart', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM'));
    for (const line of [/^USER node$/m, /^HEALTHCHECK /m, /^VOLUME \["\/data", "\/keys"\]$/m])
      expect(last).toMatch(line);
  });
});
