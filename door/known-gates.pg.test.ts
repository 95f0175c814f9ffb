import { randomUUID } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { doorText, writeDoorPass } from '../domain/door.ts';
import { createSigner } from '../platform/signing.ts';
import { aCampus } from '../testing/campus.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { admit } from './admit.ts';
import { createKnownGates } from './known-gates.ts';

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let other: typeof keys;
let asked = 0;
beforeAll(async () => {
  [database, keys, other] = await Promise.all([freshDatabase(), testKeys(['south', 'east']), testKeys(['south'])]);
  await aCampus(database.owner, keys.folders.gates);
  database.db.on('query', () => {
    asked += 1;
  });
});
afterAll(() => database?.drop());

const now = Date.now();
/** A door of its own, whose clock the test sets. */
function aDoor(clock = { at: 0 }) {
  const known = createKnownGates(database.db, () => clock.at);
  const come = (gate: string, by = keys.gate(gate)) => {
    const signature = createSigner(by.identity.private)(Buffer.from(doorText({ gate, time: now }))).toString(
      'base64url',
    );
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${writeDoorPass({ gate, time: now, signature })}`);
    return admit(metadata, { db: database.db, known, now }).then(
      ({ id }) => id,
      (error: Error) => error.message,
    );
  };
  return { come, clock };
}
const refused = 'Not let through: not_accepted';

test('a thousand strangers cost one question a second, and a gate is let in among them', async () => {
  const { come, clock } = aDoor();
  asked = 0;
  const forged = () => come('south', other.gate('south'));
  const nobody = () => come(`g${randomUUID().slice(0, 8)}`, other.gate('south'));
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => (n % 2 === 0 ? forged() : nobody())).concat(come('east')),
  );
  expect(new Set(answers.slice(0, -1))).toEqual(new Set([refused]));
  expect(answers.at(-1)).toBe('east');
  // The keys once, and the row of the gate that is one.
  expect(asked).toBe(2);
  clock.at += 1_000;
  await Promise.all(Array.from({ length: 500 }, forged));
  expect(asked).toBe(3);
});

test('a gate with other keys is let in after a second, the former ones at once no more', async () => {
  const { come, clock } = aDoor();
  expect(await come('south')).toBe('south');
  const before = keys.folders.gates.south?.identityKey;
  await database.owner('gate').where({ id: 'south' }).update({ identity_key: other.folders.gates.south?.identityKey });
  try {
    expect(await come('south')).toBe(refused);
    expect(await come('south', other.gate('south'))).toBe(refused);
    clock.at += 1_000;
    expect(await come('south', other.gate('south'))).toBe('south');
    expect(await come('south')).toBe(refused);
  } finally {
    await database.owner('gate').where({ id: 'south' }).update({ identity_key: before });
  }
});

test('a gate that is retired is let in no more', async () => {
  const { come } = aDoor();
  expect(await come('east')).toBe('east');
  await database.owner('gate').where({ id: 'east' }).update({ retired_at: new Date() });
  expect(await come('east')).toBe(refused);
  await database.owner('gate').where({ id: 'east' }).update({ retired_at: null });
});

test('while the database is away nobody is called a stranger', async () => {
  const away = await freshDatabase();
  await away.drop();
  const known = createKnownGates(away.db);
  for (const _ of [1, 2]) await expect(known.find(() => undefined)).rejects.toThrow();
});
