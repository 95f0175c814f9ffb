import type { Knex } from 'knex';

/** What an installation is called until its office says so, in `/admin/content/university`: no page can be drawn without. */
const unnamed = {
  name_zh: '本校',
  name_en: 'Our university',
  account_name: '访客预约',
  logo_svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#1a5fb4"/><path d="M10 26 32 12l22 14v4H10zM14 32h8v22h-8zM42 32h8v22h-8z" fill="#fff"/></svg>`,
};

/** Gives an empty installation the one row that every page needs. One that has it keeps it. */
export async function nameUniversity(trx: Knex): Promise<void> {
  await trx.raw('lock table university in exclusive mode');
  if (!(await trx('university').first('id'))) await trx('university').insert(unnamed);
}
