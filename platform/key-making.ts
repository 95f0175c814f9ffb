import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GateKeyUse } from '../domain/gate-keys.ts';
import { deriveGateCodecKey } from './codec.ts';
import { hashPassword } from './password.ts';
import { rawPublicKey } from './signing.ts';
import { writeKeyFile } from './written-key-file.ts';

/** Makes key files: for the demo (one set a clone, under `.data/`), for tests and for a first installation. */

const key32 = (): string => randomBytes(32).toString('base64');

/** A ring as its file holds it, keys in base64. */
export interface RingFile {
  current: string;
  keys: Record<string, string>;
  gates?: string;
  bound?: string[];
}

export function generateRing(kid: string): RingFile {
  return { current: kid, keys: { [kid]: key32() } };
}

/** Nothing was ever sealed under it without saying for what, see platform/codec.ts. */
const generateCodecRing = (kid: string) => ({ ...generateRing(kid), bound: [kid] });

export function generatePair(type: 'ed25519' | 'x25519'): { private: string; public: string } {
  const { privateKey, publicKey } = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return {
    private: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    public: rawPublicKey(publicKey).toString('base64'),
  };
}

export function generateSigningRing(kid: number): SigningFile {
  return { current: kid, keys: { [kid]: generatePair('ed25519') } };
}

/** Where each process finds its keys, and what rows and people need to know of the gates. */
export interface DemoKeys {
  web: string;
  worker: string;
  door: string;
  /** `pin` is empty where it was made before and not kept. */
  gates: Record<string, { folder: string; identityKey: Buffer; sealingKey: Buffer; pin: string; deviceToken: string }>;
}

/** The same of keys that sign; ids are numbers. */
export interface SigningFile {
  current: number;
  keys: Record<string, { private: string; public: string }>;
}

/**
 * Writes `web/`, `worker/`, `door/` and `gate-<id>/` below `folder`, files readable by the owner only, and keeps what is there:
 * a second start reads the same keys, a gate added later gets its own.
 *
 * @param keepPins a demo shows its PINs again at every start. Without it a PIN stands in no file, and is told when it is made.
 */
export async function writeDemoKeys(
  folder: string,
  gateIds: readonly string[],
  { keepPins = true } = {},
): Promise<DemoKeys> {
  const web = join(folder, 'web');
  const worker = join(folder, 'worker');
  const door = join(folder, 'door');
  const shared: [string, () => unknown][] = [
    ['field.json', () => generateRing('f1')],
    ['index.json', () => generateRing('i1')],
    ['codec.json', () => generateCodecRing('c1')],
  ];
  for (const [name, make] of shared) {
    const content = keep(web, name, make);
    keep(worker, name, () => content);
  }
  const pass: SigningFile = keep(worker, 'pass.json', () => generateSigningRing(1));
  const renewal: SigningFile = keep(web, 'renewal.json', () => generateSigningRing(2));
  const feed: SigningFile = keep(web, 'feed.json', () => generateSigningRing(3));
  keep(door, 'door.json', () => ({ tokens: key32() }));
  keep(web, 'session.json', () => ({ secret: randomBytes(32).toString('base64') }));

  const trust = { keys: [...publicKeys(pass, 'pass'), ...publicKeys(renewal, 'renewal'), ...publicKeys(feed, 'feed')] };
  const gates: DemoKeys['gates'] = {};
  for (const id of gateIds) gates[id] = await writeGateKeys(join(folder, `gate-${id}`), id, { web, trust, keepPins });
  return { web, worker, door, gates };
}

async function writeGateKeys(
  folder: string,
  id: string,
  { web, trust, keepPins }: { web: string; trust: unknown; keepPins: boolean },
): Promise<DemoKeys['gates'][string]> {
  const made = existsSync(join(folder, 'gate.json'));
  const makePin = () => ({ pin: generatePin() });
  if (!keepPins) rmSync(join(folder, 'demo-pin.json'), { force: true });
  const { pin } = keepPins ? keep(folder, 'demo-pin.json', makePin) : made ? { pin: '' } : makePin();
  const ring = JSON.parse(readFileSync(join(web, 'codec.json'), 'utf8')) as RingFile;
  const from = ring.gates ?? ring.current;
  const master = Buffer.from(ring.keys[from] ?? '', 'base64');
  const codec = deriveGateCodecKey({ current: from, keys: { [from]: master } }, id);
  const codecFile = { kid: codec.kid, key: codec.key.toString('base64') };
  const pinHash = made ? '' : await hashPassword(pin);
  const gate = keep(folder, 'gate.json', () => ({
    id,
    ...generateGatePair(),
    ...gateFileOf({ codec: codecFile, pinHash }),
  }));
  keep(folder, 'trust.json', () => trust);
  return {
    folder,
    identityKey: Buffer.from(gate.identity.public, 'base64'),
    sealingKey: Buffer.from(gate.sealing.public, 'base64'),
    pin,
    deviceToken: gate.device.token,
  };
}

/** What signs a gate's requests, and what its feed is sealed to. */
export const generateGatePair = () => ({ identity: generatePair('ed25519'), sealing: generatePair('x25519') });

/** Of the gate's own page. */
export const generatePin = (): string => String(randomInt(0, 1_000_000)).padStart(6, '0');

/** What `gate.json` holds beside id and pair; the local key and the device's token are made here. */
export const gateFileOf = ({ codec, pinHash }: { codec: { kid: string; key: string }; pinHash: string }) => ({
  codec,
  device: { token: randomBytes(24).toString('base64url') },
  console: { pin_hash: pinHash },
  local: key32(),
});

function publicKeys(file: SigningFile, use: GateKeyUse) {
  return Object.entries(file.keys).map(([kid, pair]) => ({ kid: Number(kid), use, public: pair.public }));
}

/** Reads the file, or makes it. */
function keep<T>(folder: string, name: string, make: () => T): T {
  const path = join(folder, name);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
  const content = make();
  writeKeyFile(path, content as object);
  return content;
}
