import { type GateKeyUse, nameOfGateKey, type ToldKey, vouchText } from '../domain/gate-keys.ts';
import type { Verify } from '../domain/pass-token.ts';
import type { TrustedKey } from '../platform/keys.ts';
import { createVerifier, type Verifier } from '../platform/signing.ts';
import type { Ledger } from './ledger.ts';

/**
 * Public keys the gate believes, each for its one use: a renewal key proves no pass. Those of its key folder and those that
 * the feed told of since; what was taken back once stays so.
 */
export interface TrustedKeys {
  verifyPass: Verify;
  verifyPage(keyId: number, bytes: Uint8Array, signature: Uint8Array): boolean;
  /** Names of the keys it believes. */
  held(): string[];
  /** What it would believe with these besides; nothing is kept. */
  believing(told: readonly ToldKey[]): Pick<TrustedKeys, 'verifyPage'>;
  /** Keeps what is told, within the transaction that applies the page. */
  learn(told: readonly ToldKey[]): void;
  /** After that transaction: what is on the disk is what counts. */
  refresh(): void;
}

interface Believed extends TrustedKey {
  verify: Verifier;
  revoked: boolean;
}
type Keys = ReadonlyMap<string, Believed>;

/** @param folder the keys of trust.json @param ledger left out: nothing is learnt */
export function trustKeys(folder: readonly TrustedKey[], ledger?: Ledger): TrustedKeys {
  const read = (): Keys => {
    const stored = ledger?.prepare('select use, kid, public, revoked from public_key').all() ?? [];
    const told = stored.map((row) => ({
      use: row.use as GateKeyUse,
      kid: Number(row.kid),
      public: Buffer.from(row.public as Uint8Array),
      revoked: row.revoked === 1,
    }));
    const all = [...folder.map((key) => ({ ...key, revoked: false })), ...told];
    return new Map(all.map((key) => [nameOfGateKey(key), { ...key, verify: createVerifier(key.public) }]));
  };
  const keep = ledger?.prepare(`
    insert into public_key (use, kid, public, revoked) values (?, ?, ?, ?)
    on conflict do update set revoked = max(public_key.revoked, excluded.revoked)`);
  const forget = ledger?.prepare('delete from public_key where use = ? and kid = ?');
  const ofFolder = new Set(folder.map(nameOfGateKey));
  const after = (told: readonly ToldKey[]): Keys => withTold(now, told, ofFolder);
  let now = read();

  return {
    verifyPass: (use, keyId, bytes, signature) => verify(now, use, keyId, bytes, signature),
    verifyPage: (keyId, bytes, signature) => verify(now, 'feed', keyId, bytes, signature),
    held: () => [...now].flatMap(([name, { revoked }]) => (revoked ? [] : [name])).toSorted(),
    believing(told) {
      const then = after(told);
      return { verifyPage: (keyId, bytes, signature) => verify(then, 'feed', keyId, bytes, signature) };
    },
    learn(told) {
      const then = after(told);
      for (const { use, kid } of [...now].filter(([name]) => !then.has(name)).map(([, key]) => key))
        forget?.run(use, kid);
      for (const [name, key] of then) {
        const before = now.get(name);
        if (before?.revoked !== key.revoked) keep?.run(key.use, key.kid, key.public, key.revoked ? 1 : 0);
      }
    },
    refresh() {
      now = read();
    },
  };
}

function verify(keys: Keys, use: GateKeyUse, keyId: number, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = keys.get(nameOfGateKey({ use, kid: keyId }));
  return key !== undefined && !key.revoked && key.verify(bytes, signature);
}

/**
 * First what is new, each proved by one that is believed; then what is taken back, which may have proved its successor. With a
 * lost key goes what the page does not name, from whichever page the gate learnt that it is lost: somebody who had that key may have
 * told the gate of keys of their own. What is only forgotten may be told again, by a key that is believed; what lies in the key
 * folder was told by nobody, and goes once.
 */
function withTold(keys: Keys, told: readonly ToldKey[], ofFolder: ReadonlySet<string>): Keys {
  const then = new Map(keys);
  for (let grew = true; grew; ) {
    grew = false;
    for (const key of told) {
      const { use, kid, vouchedBy } = key;
      if (then.has(nameOfGateKey(key)) || !vouchedBy) continue;
      const signature = Buffer.from(vouchedBy.signature, 'base64');
      if (!verify(then, use, vouchedBy.kid, Buffer.from(vouchText(key)), signature)) continue;
      const raw = Buffer.from(key.public, 'base64');
      then.set(nameOfGateKey(key), { use, kid, public: raw, verify: createVerifier(raw), revoked: false });
      grew = true;
    }
  }
  for (const { use, kid, revoked } of told) {
    const name = nameOfGateKey({ use, kid });
    const known = then.get(name);
    if (!revoked || !known) continue;
    then.set(name, { ...known, revoked: true });
    for (const [other, key] of [...then]) {
      if (key.use !== use || key.revoked || told.some((one) => isSame(one, key))) continue;
      if (!ofFolder.has(other)) then.delete(other);
      else if (!known.revoked) then.set(other, { ...key, revoked: true });
    }
  }
  return then;
}

const isSame = (told: ToldKey, { use, kid, public: raw }: Believed): boolean =>
  told.use === use && told.kid === kid && Buffer.from(told.public, 'base64').equals(raw);
