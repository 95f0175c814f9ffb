import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../../testing/postgres.ts';
import { aVisitor } from '../../testing/reservations.ts';
import { seededHouse } from '../../testing/seeded-house.ts';
import { countFaces, facesToFile, facesToWarn, filingOf } from './faces.ts';
import { countFaults, findFaults } from './fault.ts';
import { readFigures } from './figures.ts';

let database: TestDatabase;
beforeAll(async () => {
  const seeded = await seededHouse();
  database = seeded.database;
  ({ visitor, consent } = await aVisitor(seeded.house));
});
afterAll(() => database?.drop());
let visitor: string;
let consent: string;

/** People with a face, without anything else about them. */
const faces = (count: number) =>
  database.owner.raw(
    `with person as (insert into visitor (id, language) select gen_random_uuid(), 'en' from generate_series(1, ?) returning id)
    insert into photo (visitor_id, kind, image_enc, width, height, consent_id)
      select id, 'face', '\\x00', 1, 1, ? from person`,
    [count, consent],
  );

it('admins are warned before a hundred thousand faces, and the figure says how many there are', async () => {
  expect([filingOf(facesToWarn - 1), filingOf(facesToWarn), filingOf(facesToFile)]).toEqual(['none', 'near', 'due']);
  expect(facesToWarn).toBeLessThan(facesToFile);
  await database.db('photo').insert({
    visitor_id: visitor,
    kind: 'document',
    image_enc: Buffer.from('x'),
    width: 1,
    height: 1,
    consent_id: consent,
  });
  expect(await countFaces(database.db)).toEqual({ kept: 0, filing: 'none' });
  const before = await countFaults(database.db);
  await faces(facesToWarn);
  expect((await findFaults(database.db)).faces).toEqual({ kept: facesToWarn, filing: 'near' });
  // So many they stay: a fault is something that goes once it is mended.
  expect(await countFaults(database.db)).toBe(before);
  const figures = await readFigures(database.db, 'upkeep');
  expect(figures).toContainEqual({ name: 'xiaomen_faces', labels: {}, value: facesToWarn });
}, 20_000);
