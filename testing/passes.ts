import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import type { Knex } from 'knex';
import { gateCodeBytes, makeGateCode } from '../domain/gate-code.ts';
import { gatesBitmap } from '../domain/gates-bitmap.ts';
import { type PassClaims, renewPass, showBoundPass, signBoundPass, signPass, toQrText } from '../domain/pass-token.ts';
import { stepAt } from '../domain/renewal.ts';
import { sealingContext } from '../domain/sealed-pass.ts';
import { sealTo } from '../platform/crypto.ts';
import { proveDocument } from '../platform/document-proof.ts';
import { createGateCodes } from '../platform/gate-codes.ts';
import type { WebKeys, WorkerKeys } from '../platform/keys.ts';
import { createSigner } from '../platform/signing.ts';
import { appendToFeed, type FeedEntry } from '../store/gates/feed.ts';
import { sealPass } from '../store/gates/pass-sealing.ts';

/** Passes as the worker signs them, `web` renews them and a phone shows them, without a reservation behind them. */

export interface IssuedPass {
  claims: PassClaims;
  /** 112 bytes, or 145 that are bound to a phone. */
  token: Uint8Array;
  code: string;
  document: string;
}

export type PassWish = Partial<PassClaims> & {
  name?: string;
  plate?: string;
  /** Of the person; the gates are told its end. */
  number?: string;
  document?: string;
  code?: string;
  /** Binds it to this phone: its form is `bound`. */
  phone?: TestPhone;
};

/** A phone with a key of its own, as web/public/pass.js makes one. */
export interface TestPhone {
  /** Compressed P-256 point. */
  key: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export function aPhone(): TestPhone {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
  return {
    key: Buffer.concat([Buffer.from([2 + ((point[64] ?? 0) & 1)]), point.subarray(1, 33)]),
    sign: (message) => sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

/** @param keys those of `testKeys()` */
export function passesOf(keys: { web: WebKeys; worker: WorkerKeys }) {
  const signPassBytes = createSigner(keys.worker.pass.currentPair.private);
  const gateCodes = createGateCodes(keys.worker.codec);
  const signRenewal = createSigner(keys.web.renewal.currentPair.private);

  /** Good for an hour from now at the gates 0 and 1 of campus 1, unless wished otherwise. */
  function make({
    name: _n,
    plate: _p,
    number: _t,
    document = '11019919900101904X',
    code,
    phone,
    ...wish
  }: PassWish = {}): IssuedPass {
    const second = Math.floor(Date.now() / 1000) * 1000;
    const claims: PassClaims = {
      form: phone ? 'bound' : 'renewed',
      keyId: keys.worker.pass.current,
      reservation: randomUUID(),
      ordinal: 0,
      version: 1,
      campus: 1,
      gates: gatesBitmap([0, 1]),
      from: second - 60_000,
      until: second + 3_600_000,
      issued: second,
      ...wish,
    };
    const token = phone ? signBoundPass(claims, phone.key, signPassBytes) : signPass(claims, signPassBytes);
    return { claims, token, code: code ?? makeGateCode(randomBytes(gateCodeBytes)), document };
  }

  return {
    make,
    /** Made, and told to every gate of the campus. */
    async issue(db: Knex, campus: string, wish: PassWish = {}): Promise<IssuedPass> {
      const pass = make(wish);
      const { claims, code, document } = pass;
      const { name = '张小三', plate, number } = wish;
      const told = {
        ...claims,
        from: new Date(claims.from),
        name,
        plate: plate ?? null,
        phone: number ?? null,
        gateCode: code,
      };
      const proof = await proveDocument(document);
      await append(db, campus, claims, 'pass', (gate) => sealPass(gate, { ...told, proof }, gateCodes));
      return pass;
    },
    revoke: (db: Knex, campus: string, { claims }: IssuedPass): Promise<void> =>
      append(db, campus, claims, 'revoked', (gate) =>
        sealTo(gate.sealingKey, Buffer.from('{}'), sealingContext(gate.id, claims)),
      ),
    /** The text of the QR code that a phone shows at an instant. */
    qr({ token }: IssuedPass, at = Date.now()): string {
      const renewal = { keyId: keys.web.renewal.current, step: stepAt(at), sign: signRenewal, sha256 };
      return toQrText(renewPass(token, renewal));
    },
    /** The text that a bound phone shows at an instant, with nobody's help. */
    boundQr: ({ token }: IssuedPass, phone: TestPhone, at = Date.now()): string =>
      toQrText(showBoundPass(token, { step: stepAt(at), sign: phone.sign, sha256 })),
    /** A QR on paper, or one cut out of a renewed one. */
    bareQr: ({ token }: IssuedPass): string => toQrText(token),
  };
}

async function append(db: Knex, campus: string, claims: PassClaims, kind: 'pass' | 'revoked', seal: FeedEntry['seal']) {
  const { reservation, ordinal, version } = claims;
  const pass = { reservation, ordinal, version };
  await db.transaction((trx) =>
    appendToFeed(trx, {
      campus,
      kind,
      ...pass,
      validFrom: new Date(claims.from),
      validUntil: new Date(claims.until),
      seal,
    }),
  );
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
