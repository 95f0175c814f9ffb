import { isCountry } from '../../domain/country.ts';
import {
  asksNationality,
  checkDocument,
  type DocumentType,
  documentTypes,
  findBirthDayProblem,
  isChinesePassport,
  type Sex,
  saysWhoHolds,
} from '../../domain/identity-number.ts';
import { checkPhone } from '../../domain/phone.ts';
import { checkPlate, isHandCheckedPlate } from '../../domain/plate.ts';
import { findNameProblem, findTextProblem, normaliseLine, normaliseName } from '../../domain/text.ts';
import type { Instant } from '../../domain/time.ts';
import type { Person, PersonDetails } from '../../store/people/person.ts';
import { isTicked, textOf, textsOf } from '../form-value.ts';
import { countryCode } from './countries.ts';

/** 访客信息: the same fields in 完善个人信息 and in both reservation forms. */

const personFields = [
  ...(['name', 'sex', 'phone', 'document_type', 'document_number', 'nationality', 'birth_day'] as const),
  ...(['plate', 'plate_new', 'plate_special', 'unit'] as const),
];
/** As typed, by field name: what a refused form shows again. */
export type PersonTexts = Record<(typeof personFields)[number], string>;

export type PersonRead = { ok: true; details: PersonDetails } | { ok: false; fields: Record<string, string> };

const longestUnit = 60;

export function readPersonTexts(body: unknown): PersonTexts {
  const texts = textsOf(body, personFields);
  const special = isTicked(body, 'plate_special') ? 'yes' : '';
  return { ...texts, plate_special: special, nationality: countryCode(texts.nationality) };
}

/** Where scripts are off, another kind of document is chosen by a button: the form comes again with what it asks for. */
export const asksOtherDocument = (body: unknown): boolean => textOf(body, 'redraw') === 'document';

/** What the form starts with: the known person, else the proved phone and the commonest document. */
export function personTexts(person: Person | undefined, phone: string): PersonTexts {
  return {
    name: person?.name ?? '',
    sex: person?.sex ?? '',
    phone: person?.phone ?? phone,
    document_type: person?.documentType ?? 'resident_id',
    document_number: person?.document ?? '',
    nationality: person?.nationality ?? '',
    birth_day: person?.birthDay ?? '',
    ...plateTexts(person?.plate ?? null),
    plate_new: '',
    unit: person?.unit ?? '',
  };
}

/** @param plate as kept; null: no car */
export const plateTexts = (plate: string | null): Pick<PersonTexts, 'plate' | 'plate_special'> => ({
  plate: plate ?? '',
  plate_special: plate && isHandCheckedPlate(plate) ? 'yes' : '',
});

/** What a chosen kind of document asks for and says: how its fields are drawn. */
export function documentAsks(texts: Pick<PersonTexts, 'document_type' | 'document_number'>, now: Instant = Date.now()) {
  const type = typeOf(texts.document_type) ?? 'resident_id';
  const says = saysWhoHolds(type, texts.document_number);
  const checked = checkDocument(type, texts.document_number, now);
  return {
    type,
    asksHolder: !says,
    asksNationality: asksNationality(type),
    /** Out of the number as typed, shown instead of being asked. */
    says: checked.ok && checked.sex && checked.birthDay ? { sex: checked.sex, birthDay: checked.birthDay } : undefined,
  };
}

const typeOf = (text: string): DocumentType | undefined => documentTypes.find((known) => known === text);

/**
 * Checked as identifiers.md says. Problems are catalogue keys by field name. `morePlates` is empty: a form speaks of one
 * plate.
 */
export function readPerson(texts: PersonTexts, now = new Date()): PersonRead {
  const fields: Record<string, string> = {};
  const name = normaliseName(texts.name);
  const nameProblem = findNameProblem(name);
  if (nameProblem) fields.name = nameProblem;
  const phone = checkPhone(texts.phone);
  if (!phone.ok) fields.phone = phone.problem;
  const unit = normaliseLine(texts.unit);
  const unitProblem = findTextProblem(unit, { max: longestUnit });
  if (unitProblem) fields.unit = unitProblem === 'long' ? 'field.unit_too_long' : 'field.characters';
  const plateField = texts.plate_new.trim() === '' ? 'plate' : 'plate_new';
  const plate = checkPlate(texts[plateField], texts.plate_special === 'yes');
  if (!plate.ok) fields[plateField] = plate.problem;
  const holder = readHolder(texts, fields, now);

  if (Object.keys(fields).length > 0 || !holder) return { ok: false, fields };
  return {
    ok: true,
    details: { name, phone: phone.phone, ...holder, plate: plate.plate || null, morePlates: [], unit: unit || null },
  };
}

type Holder = Pick<PersonDetails, 'documentType' | 'document' | 'sex' | 'birthDay' | 'nationality'>;

/** The document, and who holds it: as its number says, else as was asked. Adds to `fields` what is wrong. */
function readHolder(texts: PersonTexts, fields: Record<string, string>, now: Date): Holder | undefined {
  const documentType = typeOf(texts.document_type);
  if (!documentType) {
    fields.document_type = 'field.document_type_empty';
    return undefined;
  }
  const document = checkDocument(documentType, texts.document_number, now);
  if (!document.ok) fields.document_number = document.problem;
  const says: Partial<Extract<typeof document, { ok: true }>> = document.ok ? document : {};
  const asked = documentAsks(texts, now).asksHolder;

  const typedSex: Sex | undefined = texts.sex === 'male' || texts.sex === 'female' ? texts.sex : undefined;
  const sex = says.sex ?? typedSex;
  if (asked && !sex) fields.sex = 'field.sex_empty';
  const birthDay = says.birthDay ?? texts.birth_day.trim();
  const birthProblem = asked ? findBirthDayProblem(birthDay, now) : undefined;
  if (birthProblem) fields.birth_day = birthProblem;
  const nationality = says.nationality ?? readNationality(documentType, document.number, texts.nationality, fields);

  if (!document.ok || !sex || birthProblem) return undefined;
  return { documentType, document: document.number, sex, birthDay, nationality };
}

/** A passport of the Chinese form needs no answer; what looks like one may be another state's. */
function readNationality(
  type: DocumentType,
  number: string,
  typed: string,
  fields: Record<string, string>,
): string | null {
  if (!asksNationality(type)) return null;
  if (typed !== '' && !isCountry(typed)) fields.nationality = 'field.nationality_unknown';
  if (type !== 'passport') return typed || null;
  if (typed === '' && isChinesePassport(number)) return 'CHN';
  if (typed === '') fields.nationality = 'field.nationality_empty';
  if (typed === 'CHN' && number !== '' && !isChinesePassport(number)) fields.document_number ??= 'field.passport_china';
  return typed || null;
}
