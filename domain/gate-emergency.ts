import { z } from 'zod';
import { gateAnswer } from './gate-ask.ts';
import { day } from './time.ts';

/** Let in at once, with no pass and no questions: the gate writes it down, and the security desk completes it afterwards. */

export const emergencyKinds = ['ambulance', 'fire', 'police', 'repair'] as const;
export type EmergencyKind = (typeof emergencyKinds)[number];

/** `POST /gates/:id/emergencies`; sent again with the same id it is one entry. */
export const emergencyEntry = z.strictObject({
  id: z.uuid(),
  kind: z.enum(emergencyKinds),
  /** By the gate's clock, epoch milliseconds. */
  at: z.int().min(0),
  /** A member of staff; null where nobody was logged in by name. */
  guard: z.uuid().nullable(),
});
export type EmergencyEntry = z.output<typeof emergencyEntry>;

export const emergencyNoted = gateAnswer.extend({ end: z.literal('noted') });

/** So long after it the desk has to have completed it, in milliseconds. */
export const completedWithin = day;
/** Characters of what the desk writes down. */
export const mostEmergencyWords = 500;
