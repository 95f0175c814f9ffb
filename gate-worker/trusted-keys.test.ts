import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type GateKeyUse, gateKeyUses, type ToldKey, vouchText } from '../domain/gate-keys.ts';
import { generatePair } from '../platform/key-making.ts';
import { createSigner } from '../platform/signing.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { openLedger } from './ledger.ts';
import { type TrustedKeys, trustKeys } from './trusted-keys.ts';

type Pair = ReturnType<typeof generatePair>;
const signedBy = (pair: Pair, text: string) => createSigner(pair.private)(Buffer.from(text));
const told = (use: GateKeyUse, kid: number, pair: Pair, before?: { kid: number; pair: Pair }): ToldKey => {
  const key = { use, kid, public: pair.public };
  if (!before) return { ...key, revoked: false };
  const signature = signedBy(before.pair, vouchText(key)).toString('base64');
  return { ...key, vouchedBy: { kid: before.kid, signature }, revoked: false };
};
const believes = (keys: TrustedKeys, use: GateKeyUse, kid: number, pair: Pair) =>
  use === 'feed'
    ? keys.verifyPage(kid, Buffer.from('signed'), signedBy(pair, 'signed'))
    : keys.verifyPass(use, kid, Buffer.from('signed'), signedBy(pair, 'signed'));

test.each(gateKeyUses)('a lost %s key is believed no more, nor what its thief named by it; its successor is', (use) => {
  const [lost, next, thief] = [generatePair('ed25519'), generatePair('ed25519'), generatePair('ed25519')];
  const folder = [{ use, kid: 3, public: Buffer.from(lost.public, 'base64') }];
  const ledger = openLedger(join(temporaryFolder('xiaomen-trusted-'), 'gate.db'));
  const keys = trustKeys(folder, ledger);
  const learn = (page: ToldKey[]) => {
    keys.learn(page);
    keys.refresh();
  };
  const before = { kid: 3, pair: lost };
  const [first, successor] = [told(use, 3, lost), told(use, 4, next, before)];
  learn([first, told(use, 9, thief, before)]);
  learn([first, successor]);
  // Nothing is lost yet: a page of before that lacks a key takes none back.
  expect([believes(keys, use, 3, lost), believes(keys, use, 4, next), believes(keys, use, 9, thief)]).toEqual([
    true,
    true,
    true,
  ]);
  learn([{ ...first, revoked: true }, successor]);
  learn([first, successor, told(use, 9, thief, before)]);
  for (const held of [keys, trustKeys(folder, ledger)]) {
    expect([believes(held, use, 3, lost), believes(held, use, 4, next), believes(held, use, 9, thief)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(held.held()).toEqual([`${use}/4`]);
  }
  ledger.close();
});

test.each(gateKeyUses)('a %s key that its thief calls lost before we do takes nothing of theirs along', (use) => {
  const [lost, next, thief] = [generatePair('ed25519'), generatePair('ed25519'), generatePair('ed25519')];
  const folder = [{ use, kid: 3, public: Buffer.from(lost.public, 'base64') }];
  const ledger = openLedger(join(temporaryFolder('xiaomen-trusted-'), 'gate.db'));
  const keys = trustKeys(folder, ledger);
  const learn = (page: ToldKey[]) => {
    keys.learn(page);
    keys.refresh();
  };
  const before = { kid: 3, pair: lost };
  const first = { ...told(use, 3, lost), revoked: true };
  const [successor, theirs] = [told(use, 4, next, before), told(use, 9, thief, before)];
  learn([first, successor, theirs]);
  learn([first, successor]);
  learn([first, successor, theirs]);
  for (const held of [keys, trustKeys(folder, ledger)]) expect(held.held()).toEqual([`${use}/4`]);
  // A key that was told, forgotten with a database of before, and made anew under its number is believed.
  const [five, again] = [generatePair('ed25519'), generatePair('ed25519')];
  const by = { kid: 4, pair: next };
  learn([first, successor, told(use, 5, five, by)]);
  learn([first, successor]);
  learn([first, successor, told(use, 5, again, by)]);
  expect([believes(keys, use, 5, five), believes(keys, use, 5, again)]).toEqual([false, true]);
  ledger.close();
});
