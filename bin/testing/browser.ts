import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { top } from '../prepare/machine.mjs';
import { progress } from '../prepare/progress.mjs';
import { canInstall, installPackages } from './debian.ts';

const START_MS = 30_000;
const DOWNLOAD_MS = 600_000;

/**
 * A browser of the Chromium kind that really starts: the machine's own, else Debian's by apt as
 * root, else Playwright's download. Ubuntu's `chromium` is a stub, so none counts before it ran.
 *
 * @throws Error with one sentence when there is none
 */
export async function workingBrowser(env = process.env): Promise<string> {
  for (const path of candidates(env)) if (await starts(path)) return path;
  if (canInstall() && (await installPackages(['chromium']))) {
    for (const path of candidates(env)) if (await starts(path)) return path;
  }
  const fetched = await fetchedBrowser();
  if (fetched) return fetched;
  throw new Error(
    'No browser starts here, and the browser tests are never left out: install Chromium or Chrome (on Debian "apt install chromium"), or name one with XIAOMEN_BROWSER, and run the same command again.',
  );
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  if (env.XIAOMEN_BROWSER) return [env.XIAOMEN_BROWSER];
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const apps = ['Google Chrome', 'Chromium'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  return [...new Set([...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...apps])].filter(
    existsSync,
  );
}

async function starts(executablePath: string): Promise<boolean> {
  try {
    const browser = await chromium.launch({ executablePath, chromiumSandbox: false, timeout: START_MS });
    try {
      const page = await browser.newPage();
      return (await page.evaluate('1 + 1')) === 2;
    } finally {
      await browser.close();
    }
  } catch {
    return false;
  }
}

async function fetchedBrowser(): Promise<string | undefined> {
  const path = chromium.executablePath();
  if (existsSync(path) && (await starts(path))) return path;
  await progress("Getting Playwright's Chromium (180 MB)", () => download());
  return existsSync(path) && (await starts(path)) ? path : undefined;
}

function download(): Promise<void> {
  const cli = join(top, 'node_modules', 'playwright-core', 'cli.js');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, 'install', '--no-shell', 'chromium'], {
      stdio: 'ignore',
      env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' },
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), DOWNLOAD_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    child.on('error', done).on('exit', done);
  });
}
