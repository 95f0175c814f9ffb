import type { GuardView, KnownPass } from '../domain/known-pass.ts';
import { maskName, maskPlate } from '../domain/masking.ts';
import { normalisePlate } from '../domain/plate.ts';
import type { SealedPass } from '../domain/sealed-pass.ts';
import { day } from '../domain/time.ts';
import type { Ledger } from './ledger.ts';
import type { LocalKeys } from './local-keys.ts';

/** The passes this gate has been told of. */

export interface PassIdentity {
  reservation: string;
  ordinal: number;
  version: number;
  from?: number | undefined;
  until: number;
  /** The latest end of any of its versions. */
  kept: number;
}

export type KnownPasses = ReturnType<typeof createKnownPasses>;

/**
 * The newest version is known as long as any version lasts, or an older one would open again. Beyond a version's own
 * end its code and whose it is stay this long, that a gate code still answers `expired` and a late leaver gets out.
 */
const keptAfterEnd = day;

export function createKnownPasses(ledger: Ledger, keys: LocalKeys) {
  const findOne = ledger.prepare('select * from pass where reservation = ? and ordinal = ?');
  const findByCode = ledger.prepare('select * from pass where code_hash in (?, ?) order by valid_until');
  const findByPlate = ledger.prepare('select * from pass where plate_hash = ? order by valid_until');
  const replace = ledger.prepare(`
    insert into pass (reservation, ordinal, version, revoked, valid_from, valid_until, kept_until, gates, code_hash,
      plate_hash, guard_enc)
    values (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)
    on conflict do update set
      version = excluded.version, revoked = 0, valid_from = excluded.valid_from, valid_until = excluded.valid_until,
      kept_until = max(pass.kept_until, excluded.kept_until), gates = excluded.gates,
      code_hash = excluded.code_hash, plate_hash = excluded.plate_hash, guard_enc = excluded.guard_enc
    where excluded.version > pass.version or (excluded.version = pass.version and pass.revoked = 0)`);
  const note = ledger.prepare(`
    insert into pass (reservation, ordinal, version, revoked, valid_from, valid_until, kept_until)
    values (?, ?, ?, 0, ?, ?, ?)
    on conflict do update set
      version = excluded.version, revoked = 0, valid_from = excluded.valid_from, valid_until = excluded.valid_until,
      kept_until = max(pass.kept_until, excluded.kept_until), gates = null, code_hash = null, plate_hash = null,
      guard_enc = null
    where excluded.version > pass.version`);
  // What is known of the person stays: the guard sees whose pass was refused.
  const revoke = ledger.prepare(`
    insert into pass (reservation, ordinal, version, revoked, valid_until, kept_until) values (?, ?, ?, 1, ?, ?)
    on conflict do update set version = excluded.version, revoked = 1, valid_until = excluded.valid_until,
      kept_until = max(pass.kept_until, excluded.kept_until)
    where excluded.version >= pass.version`);
  const dropEnded = ledger.prepare('delete from pass where valid_until < ? and kept_until < ?');
  const emptyEnded = ledger.prepare(`
    update pass set code_hash = null, plate_hash = null, guard_enc = null
    where valid_until < ? and (code_hash is not null or guard_enc is not null)`);
  const between = ledger.prepare(`
    select * from pass where revoked = 0 and guard_enc is not null and valid_from < ? and valid_until > ?
    order by valid_from, reservation, ordinal limit ?`);
  const count = ledger.prepare('select count(*) as n from pass');

  const guardColumn = (pass: Pick<PassIdentity, 'reservation' | 'ordinal'>) => ({
    table: 'pass',
    column: 'guard_enc',
    row: `${pass.reservation}/${pass.ordinal}`,
  });

  function read(row: Record<string, unknown>): KnownPass {
    const pass = { reservation: String(row.reservation), ordinal: Number(row.ordinal) };
    return {
      ...pass,
      version: Number(row.version),
      revoked: row.revoked === 1,
      until: Number(row.valid_until),
      gates: BigInt(`0x${row.gates ?? '0'}`),
      ...(typeof row.valid_from === 'number' ? { from: row.valid_from } : {}),
      ...(row.guard_enc instanceof Uint8Array
        ? { guard: JSON.parse(keys.cipher.open(guardColumn(pass), Buffer.from(row.guard_enc))) as GuardView }
        : {}),
    };
  }

  return {
    find(reservation: string, ordinal: number): KnownPass | undefined {
      const row = findOne.get(reservation, ordinal);
      return row && read(row);
    },
    /** Usually one; two strangers' codes may be equal once in a long while. */
    findByCode: (code: string): KnownPass[] => findByCode.all(keys.hashCode(code), keys.hashCodeBefore(code)).map(read),
    /** Of every visit with this vehicle. @param plate normalised */
    findByPlate: (plate: string): KnownPass[] => findByPlate.all(keys.hashPlate(plate)).map(read),
    /** Whoever may come within a time and is known by more than a number, those who come first at first. */
    between: (from: number, until: number, limit: number): KnownPass[] => between.all(until, from, limit).map(read),
    /** An older version than the stored one changes nothing; a revoked version stays revoked. */
    replace(pass: PassIdentity, sealed: SealedPass): void {
      const guard: GuardView = {
        name: maskName(sealed.name),
        ...(sealed.plate ? { plate: maskPlate(sealed.plate) } : {}),
        ...(sealed.phoneTail ? { phoneTail: sealed.phoneTail } : {}),
        doc: sealed.doc,
      };
      replace.run(
        pass.reservation,
        pass.ordinal,
        pass.version,
        sealed.from,
        pass.until,
        pass.kept,
        sealed.gates,
        Buffer.from(sealed.codeHash, 'base64url'),
        sealed.plate ? keys.hashPlate(normalisePlate(sealed.plate)) : null,
        keys.cipher.seal(guardColumn(pass), JSON.stringify(guard)),
      );
    },
    /** Only that there is this version: whose it is cannot be read. What is known of the same version stays. */
    note(pass: PassIdentity): void {
      note.run(pass.reservation, pass.ordinal, pass.version, pass.from ?? null, pass.until, pass.kept);
    },
    revoke(pass: PassIdentity): void {
      revoke.run(pass.reservation, pass.ordinal, pass.version, pass.until, pass.kept);
    },
    dropEnded(now: number): void {
      dropEnded.run(now - keptAfterEnd, now - keptAfterEnd);
      emptyEnded.run(now - keptAfterEnd);
    },
    count: (): number => Number(count.get()?.n),
  };
}
