import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from '../prepare/machine.mjs';
import type { ChildPlan } from './child.ts';
import type { Folders } from './folders.ts';

const name = 'settings-of-web.json';

/** What `web` was started with, beside the other secrets: so that the doctor can look at a demo. */
export function keepForDoctor(folders: Folders, plans: ChildPlan[]): void {
  const web = plans.find((plan) => plan.name === 'web');
  writeFileSync(join(folders.keys, name), JSON.stringify(web?.env ?? {}), { mode: 0o600 });
}

/** The settings of the demo in this clone, when one was started. */
export function demoSettings(): Record<string, string> | undefined {
  try {
    return JSON.parse(readFileSync(join(top, '.data', 'keys', name), 'utf8')) as Record<string, string>;
  } catch {
    return undefined;
  }
}
