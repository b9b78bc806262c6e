// Opens a page in the person's own browser, where there is one.
import { spawn } from 'node:child_process';

/** What opens a page here; null where nobody sits in front of a browser (no desktop, a remote shell). */
export function browserOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string[] | null {
  if (env.BROWSER) return [env.BROWSER];
  if (env.SSH_CONNECTION) return null;
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : null;
}

/** Resolves to whether the browser could be started; what becomes of it is not waited for. */
export function openPage([command = '', ...args]: readonly string[], url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
    child.unref();
  });
}
