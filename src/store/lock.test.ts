// The lock of a folder outlives whoever sweeps the folder, and never takes its owner with it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DataLock } from './lock.ts';

let folder: string;
let lock: DataLock;
const file = (): string => join(folder, 'mailroom.lock');

beforeEach(() => {
  vi.useFakeTimers();
  folder = mkdtempSync(join(tmpdir(), 'mailroom-lock-'));
  lock = DataLock.take(folder);
});

afterEach(() => {
  lock.release();
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

it('is put back, with the address, when it was removed', () => {
  lock.announce('http://127.0.0.1:8000');
  rmSync(file());
  vi.advanceTimersByTime(5000);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({ pid: process.pid, url: 'http://127.0.0.1:8000' });
});

it('does not end its owner when the folder is gone', () => {
  rmSync(folder, { recursive: true });
  expect(() => vi.advanceTimersByTime(10_000)).not.toThrow();
  expect(existsSync(file())).toBe(false);
});
