import type { Knex } from 'knex';

/** Who is touched by an incident, before anybody is named: where somebody stands, and what of theirs. */

/** What of a person came into strange hands, or may have. Each has words in the catalogues, `affected.touch`. */
export const touches = [
  'told_to_gate',
  'entry_at_gate',
  'pass',
  'session',
  'in_database',
  'visit_page',
  'whole_document',
  'photo',
  'evidence',
  'acted',
  'claim',
  'visit_opened',
  'api_read',
  'api_invited',
] as const;
export type Touch = (typeof touches)[number];

export interface Touched {
  kind: 'visit' | 'account' | 'companion' | 'staff';
  /** Of the visit, the account, the row of a book, the member of staff. */
  id: string;
  /** Within a visit; null: everybody of it. */
  ordinal: number | null;
  what: Touch;
}

export interface Incident {
  touched: Touched[];
  /** Figures beside the people, by name. Each name has words in bin/affected/words.ts. */
  figures: Partial<Record<Figure, number>>;
}

export const figures = [
  'printed',
  'open_visits',
  'gates_in_service',
  'values_under_key',
  'erased_since',
  'photographs',
  'guardians',
  'data_requests',
  'sign_ins',
  'lists_and_searches',
  'lines_in_lists',
  'engine_pages',
  'data_request_views',
  'data_requests_answered',
  'page_openings',
  'staff_looks',
  'entries',
  'api_answers',
  'invitations_made',
  'invitations_good',
  'webhook_messages',
] as const;
export type Figure = (typeof figures)[number];

/** Rows of a statement that selects `kind`, `id`, `ordinal` and `what`. */
export async function touchedBy(db: Knex, sql: string, bindings: Record<string, unknown>): Promise<Touched[]> {
  const { rows } = await db.raw<{ rows: Touched[] }>(sql, bindings as Record<string, Knex.Value>);
  return rows;
}

/** One number. */
export async function countOf(db: Knex, sql: string, bindings: Record<string, unknown> = {}): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ n: number }] }>(
    `select coalesce((${sql}), 0)::int as n`,
    bindings as Record<string, Knex.Value>,
  );
  return rows[0].n;
}
