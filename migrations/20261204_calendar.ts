import type { Knex } from 'knex';

/**
 * When an office works, and how long a decision may wait: its hours, and the days that depart from their week. Public holidays and make-up workdays of 2026
 * are those of the State Council's notice of 4 November 2025. For 2027 the days that the law itself names are here
 * (全国年节及纪念日放假办法); the notice that joins them with weekends is added by an office once it is published.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table office_hours (
      id smallint primary key default 1 check (id = 1),
      version integer not null default 1 check (version > 0),
      opens_at time not null default '08:30',
      closes_at time not null default '17:30',
      -- Minutes of working time from one rung of the ladder to the next.
      remind_after numeric not null default 240 check (remind_after > 0),
      remind_again_after numeric not null default 240 check (remind_again_after > 0),
      head_after numeric not null default 120 check (head_after > 0),
      security_after numeric not null default 120 check (security_after > 0),
      check (opens_at < closes_at)
    );
    insert into office_hours default values;

    create table calendar_day (
      day date primary key,
      version integer not null default 1 check (version > 0),
      -- false: a holiday; true: a Saturday or Sunday that is worked.
      works boolean not null,
      name_zh text not null check (name_zh <> ''),
      name_en text not null check (name_en <> '')
    );

    -- Former versions of whatever an office edits: the code knows the kinds.
    alter table content_revision drop constraint content_revision_kind_check,
      add constraint content_revision_kind_check check (kind ~ '^[a-z]+(_[a-z]+)*$');

    grant select, update on office_hours to xiaomen_app;
    grant select, insert, update, delete on calendar_day to xiaomen_app;
  `);
  for (const { from, until, name, worked } of holidays) {
    await knex.raw(
      `insert into calendar_day (day, works, name_zh, name_en)
        select day::date, false, :zh, :en from generate_series(:from::date, :until::date, interval '1 day') day`,
      { from, until, zh: name[0], en: name[1] },
    );
    for (const day of worked ?? [])
      await knex('calendar_day').insert({
        day,
        works: true,
        name_zh: `${name[0]}调休上班`,
        name_en: `Worked for ${name[1]}`,
      });
  }
}

interface Holiday {
  from: string;
  until: string;
  name: [string, string];
  /** Saturdays and Sundays that are worked for it. */
  worked?: string[];
}

const newYear: [string, string] = ['元旦', 'New Year'];
const spring: [string, string] = ['春节', 'Spring Festival'];
const tombs: [string, string] = ['清明节', 'Tomb-Sweeping Day'];
const labour: [string, string] = ['劳动节', 'Labour Day'];
const boats: [string, string] = ['端午节', 'Dragon Boat Festival'];
const autumn: [string, string] = ['中秋节', 'Mid-Autumn Festival'];
const national: [string, string] = ['国庆节', 'National Day'];

const holidays: Holiday[] = [
  { from: '2026-01-01', until: '2026-01-03', name: newYear, worked: ['2026-01-04'] },
  { from: '2026-02-15', until: '2026-02-23', name: spring, worked: ['2026-02-14', '2026-02-28'] },
  { from: '2026-04-04', until: '2026-04-06', name: tombs },
  { from: '2026-05-01', until: '2026-05-05', name: labour, worked: ['2026-05-09'] },
  { from: '2026-06-19', until: '2026-06-21', name: boats },
  { from: '2026-09-25', until: '2026-09-27', name: autumn },
  { from: '2026-10-01', until: '2026-10-07', name: national, worked: ['2026-09-20', '2026-10-10'] },
  { from: '2027-01-01', until: '2027-01-01', name: newYear },
  { from: '2027-02-05', until: '2027-02-08', name: spring },
  { from: '2027-04-05', until: '2027-04-05', name: tombs },
  { from: '2027-05-01', until: '2027-05-02', name: labour },
  { from: '2027-06-09', until: '2027-06-09', name: boats },
  { from: '2027-09-15', until: '2027-09-15', name: autumn },
  { from: '2027-10-01', until: '2027-10-03', name: national },
];

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
