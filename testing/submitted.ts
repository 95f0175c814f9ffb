import type { VisitAnswers } from '../domain/visit-answers.ts';
import type { Submission, SubmittedPerson } from '../store/reservations/submission.ts';

/** A submission's parts with everything a test does not care about left empty. */

type Lead = Pick<SubmittedPerson, 'person' | 'visitor' | 'consent'>;

/** Somebody with a passport who submitted for themselves, unless wished otherwise. */
export const aSubmittedPerson = (wish: Lead & Partial<SubmittedPerson>): SubmittedPerson => ({
  ordinal: 0,
  personVersion: 1,
  companion: null,
  name: '张三',
  sex: 'male',
  phone: '13900000000',

  documentType: 'passport',
  document: 'E00000001',
  nationality: null,
  birthDay: null,
  plate: null,
  unit: null,

  guardian: null,
  documentPhoto: null,
  facePhoto: null,
  ...wish,
});

type Visit = Pick<Submission, 'id' | 'reservation' | 'campus' | 'department' | 'reason' | 'from' | 'until' | 'people'>;

/** An official visit that was asked for the first time, unless wished otherwise. */
export const aSubmittedVisit = (wish: Visit & Partial<Submission>): Submission => ({
  kind: 'request',
  base: null,
  channel: 'official',
  hostRow: null,
  answers: {},
  awaited: [],
  ...wish,
});

/** What was answered of the two questions that tests ask most. */
export const answersOf = ({ host, note }: { host?: string | undefined; note?: string | undefined }): VisitAnswers => ({
  ...(host !== undefined && { host }),
  ...(note !== undefined && { note }),
});
