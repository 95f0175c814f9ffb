import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { enrolmentCodeBytes, makeEnrolmentCode } from '../../domain/gate-enrolment.ts';
import { generateGatePair } from '../../platform/key-making.ts';
import { writeKeyFile } from '../../platform/written-key-file.ts';

/**
 * An enrolment that is under way: the keys and the code that this box has made, in its key folder, so that one which was interrupted goes on with
 * the code that an admin may have typed already.
 */

const pair = z.object({ private: z.string(), public: z.string() });
const shape = z.object({ code: z.string(), identity: pair, sealing: pair });
export type Pending = z.output<typeof shape>;

const pathIn = (folder: string): string => join(folder, 'enrolment.json');

/** Keys and code of this box, made where there are none. */
export function pendingIn(folder: string): Pending {
  const path = pathIn(folder);
  if (existsSync(path)) return shape.parse(JSON.parse(readFileSync(path, 'utf8')));
  const made = { code: makeEnrolmentCode(randomBytes(enrolmentCodeBytes)), ...generateGatePair() };
  writeKeyFile(path, made);
  return made;
}

/** It is over, well or not. */
export const forgetPending = (folder: string): void => rmSync(pathIn(folder), { force: true });
