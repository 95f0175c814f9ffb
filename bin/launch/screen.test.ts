import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolders } from './folders.ts';
import { portsFrom } from './ports.ts';
import { lanWarning, screen } from './screen.ts';
import type { RealParts } from './settings.ts';

function screenWith(late: string[], real: Partial<RealParts> = {}): string {
  const data = mkdtempSync(join(tmpdir(), 'xiaomen-screen-'));
  try {
    return screen({
      publicUrl: 'http://127.0.0.1:8080',
      ports: portsFrom(8080),
      folders: makeFolders(data),
      pins: {},

      real: { database: false, temporal: false, wechat: false, sms: false, mail: false, wecom: false, ...real },
      lanAddress: undefined,
      seconds: 7,
      late,
    });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

it('says that everything is ready only when it is', () => {
  expect(screenWith([])).toContain('Xiaomen 校门 is ready (7 s).');
  const late = screenWith(['worker', 'east gate']);
  expect(late).toContain('Xiaomen 校门 runs (7 s), but not ready yet: worker, east gate – see the logs.');
  expect(late).not.toContain('is ready');
});

it('names the way from one account to the other, which the walk needs at its end', () => {
  expect(screenWith([])).toMatch(/7 {2}Admins → Sign in as someone else → admin/);
});

it('leads to the approver’s mailbox only where mail goes to the sandbox', () => {
  expect(screenWith([])).toContain('/mailbox/approver@university.example: the link');
  expect(screenWith([], { mail: true })).not.toContain('/mailbox/');
  expect([screenWith([]), screenWith([], { wecom: true })].map((one) => one.includes('/office/wecom/'))).toEqual([
    true,
    false,
  ]);
});

it('warns that the password of the demo logins is public', () => {
  expect(lanWarning('192.0.2.1')).toMatch(/demo logins\s+whose password anybody can read in the source code/);
});
