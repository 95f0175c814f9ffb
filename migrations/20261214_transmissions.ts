import type { Knex } from 'knex';

/**
 * A message by WeChat gives a third party a name and a visit: it rests on an agreement of its own, to a text of its own. Accounts that
 * bound their WeChat before have none and get text messages until they agree on their page.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table notice drop constraint notice_kind_check;
    alter table notice add constraint notice_kind_check
      check (kind in ('terms', 'filling', 'privacy', 'visiting', 'face', 'minors', 'companion', 'wechat'));
    alter table consent drop constraint consent_purpose_check;
    alter table consent add constraint consent_purpose_check check (purpose in
      ('terms', 'personal_information', 'face', 'keep_photo', 'guardian', 'companion', 'wechat'));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
