import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type EnrolmentAnswer,
  enrolmentAnswer,
  enrolmentAskText,
  enrolmentLookText,
  showEnrolmentCode,
} from '../../domain/gate-enrolment.ts';
import { shortTime } from '../../domain/time.ts';
import { hashEnrolmentCode, openEnrolment } from '../../platform/enrolment-seal.ts';
import { fingerprintOfPair, type PublicPair } from '../../platform/gate-pair.ts';
import { createSigner } from '../../platform/signing.ts';
import { askWeb } from './ask-web.ts';
import { type Kept, keepKeys } from './keep-keys.ts';
import { forgetPending, type Pending, pendingIn } from './pending.ts';

/**
 * Makes this box a gate: keys of its own and a code, which an admin types on a page of `web` after comparing the fingerprint. What
 * comes back opens only with the code and the box's own key. No secret leaves the box, and none is carried to it.
 */

export interface EnrolmentOf {
  /** The key folder, KEYS_DIR: has to be writable, for this command alone. */
  folder: string;
  /** The address of `web`, without a slash at the end. */
  server: string;
  /** The folder holds a gate's keys already: others take their place while its box runs, and its store stays. */
  again?: boolean | undefined;
  say(line: string): void;
  /** Milliseconds between two looks. */
  every?: number;
  signal?: AbortSignal | undefined;
}

/** @throws Error with a sentence for whoever stands before the box */
export async function enrol({ folder, server, again, say, every = 2_000, signal }: EnrolmentOf): Promise<Kept> {
  const isGate = existsSync(join(folder, 'gate.json'));
  if (isGate && !again)
    throw new Error(
      `${folder} holds the keys of a gate already. Give it other ones with --again, or move the folder away for another gate.`,
    );
  if (!isGate && again) throw new Error(`${folder} holds no gate.json: leave --again out.`);
  const pending = pendingIn(folder);
  const by = signedBy(pending);
  const first = await askWeb(server, '/gates/enrolments', by.ask(), signal);
  if (first.state === 'waiting') tell(pending, first.expiresAt, { server, say });
  const answer = await untilConfirmed(first, () => askWeb(server, '/gates/enrolments/answers', by.look(), signal));
  const kept = await keepKeys(folder, pending, answer);
  forgetPending(folder);
  return kept;

  async function untilConfirmed(begun: typeof first, look: () => Promise<typeof first>): Promise<EnrolmentAnswer> {
    for (let said = begun; ; said = await look()) {
      if (said.state === 'confirmed') return open(pending, said.sealed);
      if (said.state !== 'waiting') {
        forgetPending(folder);
        throw new Error(sentences[said.state]);
      }
      await wait(every, undefined, { signal });
    }
  }
}

const sentences = {
  expired: 'Nobody confirmed the code in time. Begin again: there will be another one.',
  refused: 'The code was refused at the server, since the fingerprints differ. Begin again on another line.',
};

const publicOf = ({ identity, sealing }: Pending): PublicPair => ({
  identityKey: Buffer.from(identity.public, 'base64'),
  sealingKey: Buffer.from(sealing.public, 'base64'),
});

/** What the box asks with, signed anew each time. */
function signedBy({ code, identity, sealing }: Pending) {
  const sign = createSigner(identity.private);
  const codeHash = hashEnrolmentCode(code).toString('base64');
  const signed = <Said extends object>(said: Said, textOf: (said: Said) => string) => ({
    ...said,
    signature: sign(Buffer.from(textOf(said))).toString('base64'),
  });
  return {
    ask() {
      const keys = { identityKey: identity.public, sealingKey: sealing.public };
      return signed({ codeHash, time: Date.now(), ...keys }, enrolmentAskText);
    },
    look: () => signed({ codeHash, time: Date.now() }, enrolmentLookText),
  };
}

function tell(pending: Pending, expiresAt: number, { server, say }: Pick<EnrolmentOf, 'server' | 'say'>): void {
  say(`Code:        ${showEnrolmentCode(pending.code)}`);
  say(`Fingerprint: ${fingerprintOfPair(publicOf(pending))}`);
  say(`An admin types the code at ${server}/admin/content, at the campus or the gate, and compares the fingerprint.`);
  say(`It is good until ${shortTime(expiresAt)} (Asia/Shanghai), and once. Waiting …`);
}

/** @throws Error where it was made without the code: by nobody whom the admin's page answered for */
function open({ code, sealing }: Pending, sealed: string): EnrolmentAnswer {
  try {
    const bytes = openEnrolment(sealing.private, code, Buffer.from(sealed, 'base64'));
    return enrolmentAnswer.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    throw new Error('What the server sent was not made with this code: somebody is on the line. Nothing was kept.');
  }
}
