import { checkDocument, type DocumentType, documentTypes, type Sex } from '../../domain/identity-number.ts';
import { checkPhone } from '../../domain/phone.ts';
import { checkPlate } from '../../domain/plate.ts';
import { findNameProblem, findTextProblem, normaliseLine } from '../../domain/text.ts';
import { ageOn } from '../../domain/time.ts';
import type { Person, PersonDetails } from '../../store/person.ts';
import { textsOf } from '../form-value.ts';

/** 访客信息: the same fields in 完善个人信息 and in both reservation forms. */

export const personFields = ['name', 'sex', 'phone', 'document_type', 'document_number', 'plate', 'unit'] as const;
/** As typed, by field name: what a refused form shows again. */
export type PersonTexts = Record<(typeof personFields)[number], string>;

export type PersonRead = { ok: true; details: PersonDetails } | { ok: false; fields: Record<string, string> };

const longestUnit = 60;
/** PIPL art. 31: under 14 a guardian decides; a guardian reserves and comes along. */
const guardianAge = 14;

export const readPersonTexts = (body: unknown): PersonTexts => textsOf(body, personFields);

/** What the form starts with: the known person, else the proved phone and the commonest document. */
export function personTexts(person: Person | undefined, phone: string): PersonTexts {
  return {
    name: person?.name ?? '',
    sex: person?.sex ?? '',
    phone: person?.phone ?? phone,
    document_type: person?.documentType ?? 'resident_id',
    document_number: person?.document ?? '',
    plate: person?.plate ?? '',
    unit: person?.unit ?? '',
  };
}

/** Checked as identifiers.md says. Problems are catalogue keys by field name. */
export function readPerson(texts: PersonTexts, now = new Date()): PersonRead {
  const name = normaliseLine(texts.name);
  const unit = normaliseLine(texts.unit);
  const sex: Sex | undefined = texts.sex === 'male' || texts.sex === 'female' ? texts.sex : undefined;
  const type: DocumentType | undefined = documentTypes.find((known) => known === texts.document_type);
  const phone = checkPhone(texts.phone);
  const plate = checkPlate(texts.plate);
  const document = type && checkDocument(type, texts.document_number, now);
  const unitProblem = findTextProblem(unit, { max: longestUnit });

  const fields: Record<string, string> = {};
  const nameProblem = findNameProblem(name);
  if (nameProblem) fields.name = nameProblem;
  if (!sex) fields.sex = 'field.sex_empty';
  if (!phone.ok) fields.phone = phone.problem;
  if (!document) fields.document_type = 'field.document_type_empty';
  else if (!document.ok) fields.document_number = document.problem;
  else if (document.sex && sex && document.sex !== sex) fields.sex = 'field.document_sex_mismatch';
  else if (document.birthDay && ageOn(document.birthDay, now) < guardianAge)
    fields.document_number = 'field.document_child';
  if (!plate.ok) fields.plate = plate.problem;
  if (unitProblem) fields.unit = unitProblem === 'long' ? 'field.unit_too_long' : 'field.characters';

  if (Object.keys(fields).length > 0 || !sex || !type || !document?.ok) return { ok: false, fields };
  return {
    ok: true,
    details: {
      ...{ name, sex, phone: phone.phone, documentType: type, document: document.number },
      plate: plate.plate || null,
      unit: unit || null,
    },
  };
}
