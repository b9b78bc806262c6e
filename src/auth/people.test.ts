// A sign-in that is under way while the person changes: it must not outlive what was checked.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UserId } from '../base/ids.ts';
import { createLogger } from '../base/log.ts';
import { ControlStore } from '../store/control.ts';
import { IDLE_LIFE_MS, People } from './people.ts';

const NOW = 1_800_000_000_000;
const folder = mkdtempSync(join(tmpdir(), 'mailroom-test-'));
let control: ControlStore;
let people: People;
beforeAll(async () => {
  control = await ControlStore.open(folder);
  people = new People(control.logins, createLogger('error'));
});
afterAll(async () => {
  await control.close();
  rmSync(folder, { recursive: true, force: true });
});

it('begins no session for a password that was changed while it was checked', async () => {
  const person = await people.of('u1' as UserId, NOW);
  await control.logins.setLogin(person.id, 'u1@example.org', 'old');
  const before = await people.begin(person, 'A browser', NOW, 'old');
  await control.logins.setLogin(person.id, 'u1@example.org', 'new');
  await expect(people.begin(person, 'A browser', NOW, 'old')).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await people.enter(before, NOW)).not.toBeNull();
  expect(await control.logins.sessions(person.id, NOW, 0)).toHaveLength(1);
});

it('begins no session for somebody who was erased meanwhile', async () => {
  const person = await people.of('u2' as UserId, NOW);
  await people.forget('u2' as UserId, null);
  await expect(people.begin(person, 'A browser', NOW)).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('ends what is open on a session that was not used for too long', async () => {
  const person = await people.of('u3' as UserId, NOW);
  const ended: string[] = [];
  const open = async (at: number, name: string) => {
    const { sessionId, expiresAt } = (await people.enter(await people.begin(person, name, at), at))!;
    people.hold({ sessionId, expiresAt }, at, () => void ended.push(name));
  };
  await open(NOW, 'old');
  await open(NOW + IDLE_LIFE_MS, 'new');
  await people.sweep(NOW + IDLE_LIFE_MS);
  expect(ended).toEqual(['old']);
});
