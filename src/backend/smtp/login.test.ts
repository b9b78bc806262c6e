// Every refusal of an SMTP login says what was meant; nothing goes out in the clear.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { checkSmtpLogin } from './login.ts';

const JANE = { email: 'jane@gmail.com', appPassword: 'abcdefghijklmnop', password: 'hunter2hunter2' };
let gmail: Sandbox;
const at = () => ({ host: 'localhost', port: gmail.smtp.port, ca: gmail.ca });

beforeAll(async () => {
  gmail = await startSandbox({ users: [JANE] });
});
afterAll(() => gmail.close());

it('lets the App Password in', async () => {
  await expect(checkSmtpLogin(at(), JANE)).resolves.toBeUndefined();
});

it.each([
  ['wrong-password', 'account_rejected', /App Password/],
  ['app-password-required', 'account_rejected', /normal password/],
  ['web-login', 'account_rejected', /web browser/],
  ['too-many-logins', 'rate_limited', /fewer attempts/],
] as const)('translates %s', async (answer, code, message) => {
  const undo = gmail.script.add(JANE.email, { kind: 'smtp-login', answer });
  await expect(checkSmtpLogin(at(), JANE)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  undo();
});

it('sends no password to a server that offers no TLS, or whose certificate is not trusted', async () => {
  const heard: string[] = [];
  const plain = createServer((socket) => {
    socket.write('220 mail ESMTP\r\n');
    socket.on('data', (bytes) => {
      heard.push(String(bytes));
      socket.write('250 mail\r\n');
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const port = (plain.address() as AddressInfo).port;
  await expect(checkSmtpLogin({ host: '127.0.0.1', port }, JANE)).rejects.toMatchObject({ code: 'unavailable' });
  expect(heard.join('')).not.toContain('AUTH');
  plain.close();
  const logins = gmail.log.filter((entry) => entry.protocol === 'smtp').length;
  await expect(checkSmtpLogin({ ...at(), ca: undefined as never }, JANE)).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(gmail.log.filter((entry) => entry.protocol === 'smtp')).toHaveLength(logins);
});

it('names host and port when nothing answers', async () => {
  await expect(checkSmtpLogin({ host: '127.0.0.1', port: 1 }, JANE)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('127.0.0.1:1'),
  });
});
