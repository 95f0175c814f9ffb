import type { Knex } from 'knex';
import { day, dayOf, minute } from '../domain/time.ts';

/** The ladder in fractions of a second, at whatever hour a test runs: every day is a working day, round the clock. */
export async function roundTheClock(owner: Knex): Promise<void> {
  for (let n = 0; n < 20; n += 1)
    await owner('calendar_day')
      .insert({ day: dayOf(Date.now() + n * day), works: true, name_zh: '上班', name_en: 'Worked' })
      .onConflict('day')
      .merge();
  await owner('office_hours').update({ opens_at: '00:00', closes_at: '24:00' });
}

/** @param seconds until the first rung, and from one to the next */
export async function rungsEvery(owner: Knex, ...seconds: [number, number, number, number]): Promise<void> {
  const [remind_after, remind_again_after, head_after, security_after] = seconds.map((one) => (one * 1_000) / minute);
  await owner('office_hours').update({ remind_after, remind_again_after, head_after, security_after });
}
