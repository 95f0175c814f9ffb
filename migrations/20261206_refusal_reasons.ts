import type { Knex } from 'knex';

/**
 * Why a department refuses is chosen from a list that an office edits; the visitor reads its words, and what was typed beside
 * them. A decision keeps the words as they were when it was taken.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table refusal_reason (
      id uuid primary key default uuidv7(),
      version integer not null default 1 check (version > 0),
      name_zh text not null, name_en text not null,
      position smallint not null,
      -- Chosen, it says nothing by itself: something has to be typed beside it.
      needs_text boolean not null default false,
      closed_at timestamptz
    );
    alter table decision
      add column refused_for uuid references refusal_reason,
      -- In both languages.
      add column refused_words jsonb,
      add constraint decision_refusal check (
        (refused_for is null) = (refused_words is null) and (verdict = 'rejected' or refused_for is null)),
      drop constraint decision_reason,
      add constraint decision_reason check (verdict in ('approved', 'proposed', 'revoked') or reason_enc is not null
        or refused_for is not null or erased_at is not null);
    grant select, insert, update on refusal_reason to xiaomen_app;
  `);
  await knex('refusal_reason').insert(
    reasons.map(([name_zh, name_en, needs_text = false], position) => ({ name_zh, name_en, position, needs_text })),
  );
}

const reasons: [zh: string, en: string, needsText?: boolean][] = [
  ['时间不合适', 'The time does not suit'],
  ['材料不全', 'Something is missing from the request'],
  ['与校方活动冲突', 'It conflicts with an event of the university'],
  ['接待人未确认', 'The host has not confirmed it'],
  ['不符合来访规定', 'It does not meet the rules for visits'],
  ['其他', 'Another reason', true],
];

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
