import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { openAdmissions } from '../../testing/admissions.ts';
import { comes, leaving } from './leaving.ts';

/** People who are to be taken out of a visit, and what its row and its submission know of that. */

const ground = openAdmissions();
let of: { reservation: string; submission: string };

/** One of the party each: on its way, refused, long in the row, answered a moment ago, answered before it was kept. */
const party = { stays: 0, asked: 1, refused: 2, taken: 3, justNow: 4, before: 5 };

beforeAll(async () => {
  of = await ground.anAsking();
  const { owner } = ground.database;
  const ordinals = [party.stays, party.asked, party.refused, party.justNow];
  await owner('reservation')
    .where({ id: of.reservation })
    .update({ stage: 'visit', seq: 7, submission_id: of.submission, ordinals });
  const now = owner.fn.now();
  const day = owner.raw(`now() - interval '1 day'`);
  const ask = (ordinal: number, status: string, answer: object | null, at: typeof now | null) =>
    owner('request').insert({
      id: randomUUID(),
      reservation_id: of.reservation,
      kind: 'remove_person',
      actor_kind: 'visitor',
      payload: JSON.stringify({ ordinal }),
      status,
      answer: answer && JSON.stringify(answer),
      answered_at: at,
    });
  await ask(party.asked, 'pending', null, null);
  await ask(party.refused, 'refused', { ok: false, code: 'wrong_stage' }, now);
  await ask(party.taken, 'answered', { ok: true, stage: 'visit', seq: 7 }, now);
  await ask(party.justNow, 'answered', { ok: true, stage: 'visit', seq: 8 }, now);
  await ask(party.before, 'answered', { ok: true, stage: 'visit', seq: 3 }, day);
});

const beside = async (reader: 'row' | 'submission'): Promise<{ ordinal: number; answered: boolean }[]> => {
  const { rows } = await ground.database.db.raw(
    `select asked.* from submission s join reservation r on r.id = s.reservation_id
      cross join lateral ${leaving(reader)} asked where s.id = ? order by ordinal`,
    [of.submission],
  );
  return rows;
};

it('a row does not know of what is on its way, nor of an answer that it is to show in a moment', async () => {
  expect(await beside('row')).toEqual([
    { ordinal: party.asked, answered: false },
    { ordinal: party.justNow, answered: true },
  ]);
});

it('a submission knows of no answer since it was kept', async () => {
  expect(await beside('submission')).toEqual([
    { ordinal: party.asked, answered: false },
    { ordinal: party.taken, answered: true },
    { ordinal: party.justNow, answered: true },
  ]);
});

it('a person who is to be taken out comes until that is answered, and then no more, also before the row says so', async () => {
  const { rows } = await ground.database.db.raw(
    `select p.ordinal from reservation r, unnest(?::smallint[]) p (ordinal) where r.id = ? and ${comes('p.ordinal')}`,
    [Object.values(party), of.reservation],
  );
  expect(rows.map(({ ordinal }: { ordinal: number }) => ordinal)).toEqual([party.stays, party.asked, party.refused]);
});
