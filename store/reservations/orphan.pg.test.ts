import { expect, it } from 'vitest';
import { openAdmissions } from '../../testing/admissions.ts';
import { lockOrphan, nextToCompare, outcomeWithoutWorkflow } from './orphan.ts';

/** Rows whose workflow is gone, at the moment they are closed. */

const ground = openAdmissions();

it('decides how a visit ends by its row as it stands, not as it was looked at', async () => {
  const { db, owner } = ground.database;
  const { reservation, submission } = await ground.anAsking();
  const row = owner('reservation').where({ id: reservation });
  await row.clone().update({
    stage: 'approval',
    submission_id: submission,
    ordinals: [0],
    stage_until: owner.raw(`now() + '1 hour'`),
  });
  const looked = (await nextToCompare(db, { batch: 100, every: 0, rest: 0 }))?.find(({ id }) => id === reservation);
  if (!looked) throw new Error('It is not looked at');

  await row.clone().update({ stage_until: owner.raw(`now() - interval '1 second'`) });
  const ends = () =>
    db.transaction(async (trx) => {
      const locked = await lockOrphan(trx, looked);
      return locked && outcomeWithoutWorkflow(trx, locked);
    });
  expect(await ends()).toBe('expired');

  await row.clone().update({ seq: looked.seq + 1 });
  expect(await ends()).toBeUndefined();
});
