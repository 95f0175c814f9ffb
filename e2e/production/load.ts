import { setTimeout as pause } from 'node:timers/promises';
import { PlainBrowser } from '../plain-browser.ts';

/** People who read pages and send forms without a pause, each with a browser of their own. */
export interface Load {
  /** Requests that were answered as they should be, so far. */
  answered(): number;
  /** The last lines of those that were not. */
  failed(): string;
  /** Stops everybody. @returns a line for each request that was not answered so */
  stop(): Promise<string[]>;
}

/** Pages and a form that every visitor without a session sees. */
export function startLoad(web: string, people: number): Load {
  const failed: string[] = [];
  let [answered, going] = [0, true];
  async function ask(what: string, request: () => Promise<{ status: number }>) {
    const began = new Date();
    const status = await request().then(
      (page) => page.status,
      (error: unknown) => `${(error as Error).message} ${(error as Error).cause ?? ''}`,
    );
    if (status === 200) answered += 1;
    else failed.push(`${began.toISOString()} ${what}: ${status}, after ${Date.now() - began.getTime()} ms`);
  }
  async function person() {
    const browser = new PlainBrowser(web);
    for (let english = false; going; english = !english) {
      await ask('GET /privacy', () => browser.open('/privacy'));
      await ask('POST /language', async () => {
        const page = await browser.open('/register');
        return page.status === 200 ? browser.submit(page, english ? '中文' : 'English') : page;
      });
      await pause(50);
    }
  }
  const everybody = Promise.all(Array.from({ length: people }, person));
  return {
    answered: () => answered,
    failed: () => failed.slice(-6).join('\n'),
    async stop() {
      going = false;
      await everybody;
      return failed;
    },
  };
}
