import { describe, expect, it } from 'vitest';
import { openAdmissions, tomorrow } from '../testing/admissions.ts';
import { untilBlockedBy } from '../testing/blocked.ts';
import { keepPlaces } from './quota.ts';

const day = 86_400_000;
const ground = openAdmissions();
const { anAsking, changeOf, ask, capacity, held } = ground;

describe('admission of a change to an approved visit', () => {
  async function aChange(window: { from?: number; hours?: number }, persons = 1) {
    const asking = await anAsking();
    await ask(asking);
    return changeOf(asking, window, persons);
  }
  const keep = (reservation: string, seq: number, ...windows: { from: number; hours: number; persons: number }[]) =>
    keepPlaces(ground.database)({
      reservation,
      seq,
      holds: windows.map(({ from, hours, persons }) => ({
        campus: ground.campus,
        from,
        until: from + hours * 3_600_000,
        persons,
      })),
    });

  it('holds the larger of both numbers for each day, and gives back what is not needed', async () => {
    await capacity(3);
    const change = await aChange({ hours: 26 }, 3);
    expect(await ask(change)).toMatchObject({ ok: true, narrowing: false });
    expect(await Promise.all([ask(change), ask(change)])).toMatchObject([{ ok: true }, { ok: true }]);
    expect(await held()).toEqual([3, 3]);
    await keep(change.reservation, 4, { from: tomorrow, hours: 2, persons: 1 });
    expect(await held()).toEqual([1, 0]);
    // An attempt of long ago comes late: nothing is taken again.
    await keep(change.reservation, 3, { from: tomorrow, hours: 26, persons: 3 });
    expect(await held()).toEqual([1, 0]);
  });

  it('takes no place when one day is full, and keeps the places it had', async () => {
    await capacity(2);
    await ask(await anAsking({ from: tomorrow + day }));
    const change = await aChange({ hours: 26 }, 2);
    expect(await ask(change)).toEqual({ ok: false, fields: { from: 'field.slot_full' } });
    expect(await held()).toEqual([1, 1]);
  });

  it('does not give back what a later change took', async () => {
    await capacity(2);
    const change = await aChange({ from: tomorrow + day });
    await ask(change);
    await keep(change.reservation, 2);
    expect(await held()).toEqual([0, 1]);
  });

  it('keeps places that a later change needs when the earlier holder gives them back late', async () => {
    await capacity(2);
    const change = await aChange({ hours: 3 });
    expect(await ask(change)).toMatchObject({ ok: true, narrowing: false });
    await keep(change.reservation, 2);
    expect(await held()).toEqual([1]);
  });

  it('gives places back only once, also when another attempt gave them back meanwhile', async () => {
    await capacity(3);
    const spent = await anAsking();
    await ask(spent);
    await ask(await anAsking());
    const { owner } = ground.database;
    let giving: Promise<void> | undefined;
    await owner.transaction(async (trx) => {
      await trx('slot').forUpdate();
      giving = keep(spent.reservation, 1);
      await untilBlockedBy(trx, owner, 'it waits for the slot');
      await trx('quota_hold').where({ reservation_id: spent.reservation }).delete();
      await trx('slot').decrement('held', 1);
    });
    await giving;
    expect(await held()).toEqual([1]);
  });

  it('lets a change narrow without new places where the campus has fewer than before', async () => {
    const change = await aChange({ hours: 1 });
    await capacity(1);
    await ask(await anAsking());
    expect(await ask(change)).toMatchObject({ ok: true, narrowing: true });
    expect(await held()).toEqual([1]);
  });

  it('lets a change begin when the visit began, however long ago, and no earlier', async () => {
    const begun = Date.now() - 3 * 3_600_000;
    const extended = await aChange({ from: begun, hours: 6 });
    expect(await ask(extended)).toMatchObject({ fields: { from: 'field.window_past' } });
    await ground.database
      .owner('submission')
      .where({ id: extended.replaces.submission })
      .update({ visit_from: new Date(begun), visit_until: new Date(begun + 5 * 3_600_000) });
    expect(await ask(extended)).toMatchObject({ ok: true, narrowing: false });
    const { owner } = ground.database;
    await owner('campus').update({ extensions: false });
    expect(await ask(extended)).toMatchObject({ fields: { until: 'field.no_extension' } });
    await owner('campus').update({ extensions: true });
  });
});
