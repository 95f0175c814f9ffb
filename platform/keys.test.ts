import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoKeys, readGateKeys, readWebKeys, readWorkerKeys, writeDemoKeys } from './keys.ts';
import { verifyPassword } from './password.ts';
import { createSigner, createVerifier } from './signing.ts';

let folder: string;
let made: DemoKeys;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xiaomen-keys-'));
  made = await writeDemoKeys(folder, ['south', 'east']);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('key files', () => {
  it('give each process only what it needs', () => {
    expect(readdirSync(made.web).sort()).toEqual(
      ['codec.json', 'feed.json', 'field.json', 'index.json', 'renewal.json', 'session.json'].sort(),
    );
    expect(readdirSync(made.worker).sort()).toEqual(['codec.json', 'field.json', 'index.json', 'pass.json']);
    const gate =
      readFileSync(join(folder, 'gate-south', 'gate.json'), 'utf8') +
      readFileSync(join(folder, 'gate-south', 'trust.json'), 'utf8');
    for (const name of ['field.json', 'codec.json', 'index.json']) {
      const { keys, key } = JSON.parse(readFileSync(join(made.web, name), 'utf8'));
      for (const secret of Object.values(keys ?? { key })) expect(gate).not.toContain(secret);
    }
    expect(statSync(join(made.worker, 'pass.json')).mode & 0o077).toBe(0);
  });

  it('let web and worker read the same rows, and gates verify what they sign', () => {
    const web = readWebKeys(made.web);
    const worker = readWorkerKeys(made.worker);
    expect(worker.field).toEqual(web.field);
    expect(worker.index).toEqual(web.index);
    const gate = readGateKeys(join(folder, 'gate-south'));
    const trusted = gate.trust.find(({ use, kid }) => use === 'pass' && kid === worker.pass.current);
    if (!trusted) throw new Error('The gate does not know the pass key');
    const signature = createSigner(worker.pass.currentPair.private)(Buffer.from('x'));
    expect(createVerifier(trusted.public)(Buffer.from('x'), signature)).toBe(true);
    expect(gate.trust.map(({ use }) => use).sort()).toEqual(['feed', 'pass', 'renewal']);
  });

  it('stay the same at the next start; a gate added later gets its own', async () => {
    const again = await writeDemoKeys(folder, ['south', 'east', 'north']);
    expect(again.gates.south).toEqual(made.gates.south);
    expect(again.gates.north?.pin).toMatch(/^\d{6}$/);
    const south = readGateKeys(join(folder, 'gate-south'));
    expect(await verifyPassword(made.gates.south?.pin ?? '', south.console.pin_hash)).toBe(true);
    expect(readGateKeys(join(folder, 'gate-north')).codec.key).not.toEqual(south.codec.key);
  });

  it('name the file that is missing or broken, never its content', () => {
    expect(() => readWebKeys(made.worker)).toThrow('renewal.json');
    const broken = mkdtempSync(join(tmpdir(), 'xiaomen-keys-'));
    writeFileSync(join(broken, 'field.json'), '{"current":"f1","keys":{"f1":"c2VjcmV0"}}');
    expect(() => readWorkerKeys(broken)).toThrow(/^Key file field\.json in KEYS_DIR is not valid: keys\.f1$/);
    rmSync(broken, { recursive: true });
  });
});
