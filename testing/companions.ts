import type { Knex } from 'knex';
import type { FieldCipher } from '../platform/crypto.ts';
import { addCompanion, type CompanionDetails } from '../store/companions/book-entry.ts';
import type { Declared, Sealing } from '../store/companions/companion.ts';
import { currentNotice } from '../store/content/notice.ts';
import { giveConsent } from '../store/people/consent.ts';

/** Rows of a lead's own book. All people are made up. */

interface House extends Sealing {
  db: Knex;
  cipher: FieldCipher;
}

/** A grandmother with a passport and without a phone, unless wished otherwise. */
const declared: Declared = {
  sex: 'female',
  documentType: 'passport',
  document: 'E00000077',
  nationality: 'CHN',

  birthDay: '1950-01-01',
  unit: null,
};

/** Adds a person whom the lead declared and, unless `agreed` is false, agreed for. @returns the row's id */
export async function aDeclaredCompanion(
  house: House,
  lead: string,
  wish: { name?: string; phone?: string; declared?: Partial<Declared>; agreed?: boolean } = {},
): Promise<string> {
  const { db } = house;
  const companion = await add(house, lead, {
    name: wish.name ?? '周奶奶',
    phone: wish.phone ?? null,
    declared: { ...declared, ...wish.declared },
  });
  if (wish.agreed !== false) {
    const notice = await currentNotice(db, 'companion');
    const about = { visitor: lead, notice, purpose: 'companion', channel: 'browser', subject: companion } as const;
    const consent = await giveConsent(db, about);
    await db('companion').where({ id: companion }).update({ consent_id: consent });
  }
  return companion;
}

/** Somebody who has to join by a link. @returns the row's id */
export const anInvitedCompanion = (house: House, lead: string, of: { name: string; phone: string }): Promise<string> =>
  add(house, lead, { ...of, declared: null });

async function add(house: House, lead: string, details: CompanionDetails): Promise<string> {
  const companion = await addCompanion(house.db, house, lead, details);
  if (!companion) throw new Error('The book has this phone already');
  return companion;
}
