import type { Knex } from 'knex';

/**
 * Faces of how many people are kept. From 100,000 on the office has to file with the cyberspace administration of its province
 * within thirty working days (Measures for the security of facial recognition, in force since 2025-06-01, art. 15); admins are warned before.
 */

export const facesToFile = 100_000;
export const facesToWarn = 80_000;

/** SQL. One photograph a person; gates recognise no other. */
export const faceCount = `(select count(*) from photo where kind = 'face')`;

export interface FaceCount {
  kept: number;
  /** `near`: it is time to prepare the filing; `due`: it has to be filed. */
  filing: 'none' | 'near' | 'due';
}

export async function countFaces(db: Knex): Promise<FaceCount> {
  const { rows } = await db.raw<{ rows: [{ kept: string }] }>(`select ${faceCount} as kept`);
  const kept = Number(rows[0].kept);
  return { kept, filing: filingOf(kept) };
}

export const filingOf = (kept: number): FaceCount['filing'] =>
  kept >= facesToFile ? 'due' : kept >= facesToWarn ? 'near' : 'none';
