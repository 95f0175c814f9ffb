import type { Response } from 'express';
import { yuan } from '../../domain/fee.ts';
import { markLabel, readMarks } from '../../domain/marked-field.ts';
import { type NextNudge, nextNudge } from '../../domain/nudging.ts';
import { refusalIn } from '../../domain/request.ts';
import { findProposal, type Proposal } from '../../store/approval/proposal.ts';
import { remindersOf } from '../../store/approval/reminders.ts';
import { allCampuses, allDepartments, allGates, type Gate } from '../../store/content/content.ts';
import type { Localized } from '../../store/content/content-cache.ts';
import { seenAtGates } from '../../store/gates/gate-status.ts';
import { moneyOf } from '../../store/payments/account.ts';
import { type Due, dueOf } from '../../store/payments/due.ts';
import { type Presence, presenceOf } from '../../store/reservations/attendance.ts';
import { type Party, partyOf, readCurrentSubmission } from '../../store/reservations/party.ts';
import { pendingRequestsOf } from '../../store/reservations/request.ts';
import { readSubmission, type Submission } from '../../store/reservations/submission.ts';
import { type TimelineLine, timelineOf } from '../../store/reservations/timeline.ts';
import type { WebDeps } from '../deps.ts';
import { suggestedGate } from '../guides/getting-here.ts';
import { type Difference, differencesBetween } from './differences.ts';
import { type NextStep, nextStep, sayNext } from './next-step.ts';
import type { Submitted } from './own.ts';
import { isUncorrected, isUnpaid, readSteps, type Step, told } from './steps.ts';

/** What a reservation's page shows and what moves on it. */
export interface Progress extends Moving {
  reservation: Submitted;
  submission: Submission;
  party: Party;
  /** By ordinal. */
  presence: Map<number, Presence>;
  next: NextStep;
  /** The sentence of `next`. */
  sentence: string;
  steps: Step[];
  proposal: Proposal | undefined;
  /** What is to be paid now. */
  due: Due | undefined;
  /** Something was paid, or is to be. */
  paysHere: boolean;
  yuan: (fen: number) => string;
  /** A change that waits beside the standing visit. */
  differences: Difference[];
  /** Why the approver sent it back. */
  returnedFor: string | undefined;
  /** What they marked: catalogue keys. */
  toCorrect: string[];
  nudge: NextNudge;
  may: { change: boolean; extend: boolean; withdraw: boolean; nudge: boolean; cancel: boolean; sayLeft: boolean };
}

export async function readProgress(deps: WebDeps, res: Response, reservation: Submitted): Promise<Progress> {
  const { db, cipher } = deps;
  const { id, submission: standing, change, proposal: proposed } = reservation;
  const now = Date.now();
  const [moving, gates, directory, seen, presence, submission, party, proposal, wanted, reminded, due, money] =
    await Promise.all([
      readMoving(deps, reservation, now),
      allGates(db),
      readDirectory(deps),
      seenAtGates(db, id),
      presenceOf(db, id),
      readSubmission(db, cipher, standing),
      partyOf(db, cipher, standing),
      proposed ? findProposal(db, cipher, proposed) : undefined,
      change ? readCurrentSubmission(db, cipher, change.submission) : undefined,
      remindersOf(db, reservation),
      dueOf(db, reservation),
      moneyOf(db, id),
    ]);
  if (!submission) throw new Error('A reservation stands on no submission');
  const { t, format } = res.locals;
  const department = directory.department(reservation.department);
  const next = nextStep(
    {
      ...reservation,

      pending: moving.pending,
      proposal,
      reminded,
      missing: party.awaited,
      uncorrected: moving.lines.some(isUncorrected),
      unpaid: moving.lines.some(isUnpaid),
      payBy: due?.payBy,
      department: department ? format.name(department) : '',
      visitor: party.people.find(({ ordinal, visitor }) => ordinal === 0 && visitor !== reservation.visitor)?.name,
      seen: seen.findLast(({ ordinal }) => ordinal === 0)?.direction,
    },
    now,
  );
  const steps = await readSteps(deps, moving.lines, gates);
  const returned = steps.findLast(({ words }) => words === 'timeline.returned')?.detail;
  return {
    ...moving,

    reservation,
    submission,
    party,
    presence,
    next,
    steps,
    proposal,
    due,
    paysHere: due !== undefined || money.movements > 0,
    yuan,
    sentence: sayNext(next, t),
    differences: wanted
      ? differencesBetween({ ...submission, ...party }, wanted, { reader: 'visitor', plateAs: asItIs, t, format })
      : [],
    returnedFor: returned?.reason,
    toCorrect: readMarks(submission.channel, returned?.marked ?? null).map(markLabel),
    nudge: nextNudge(reservation, now),
    may: whatMay(
      reservation,
      { pending: moving.pending, cameIn: seen.length > 0, extensions: directory.extensions(reservation.campus) },
      now,
    ),
  };
}

/** A visitor's own plate is shown in full. */
const asItIs = (plate: string): string => plate;

/** What the page offers; the workflow's validators have the last word. */
function whatMay(
  reservation: Submitted,
  { pending, cameIn, extensions }: { pending: string[]; cameIn: boolean; extensions: boolean },
  now: number,
): Progress['may'] {
  const { stage, outcome, until, from, change, proposal, pass, behind } = reservation;
  const stands = !outcome && stage !== 'closed' && !pending.includes('cancel');
  const open = stands && now < Number(until);
  const asked = stands && reservation.overstay > 0 && !pending.includes('say_left');
  // What was answered decides what may be asked next, and is not on the page yet.
  const settled = !behind || behind.counts;
  const changes = (open || asked) && settled && !change && !pending.includes('change') && !refusalIn(stage, 'change');
  return {
    change: changes && open,
    extend: changes && extensions && pass !== null && !pass.revokedAt && (cameIn || now >= Number(from)),
    withdraw: settled && !pending.includes('withdraw_change'),
    nudge: open && settled && ((stage === 'approval' && !proposal) || change !== null),
    cancel: open && !cameIn,
    sayLeft: asked && settled,
  };
}

interface Moving {
  lines: TimelineLine[];
  /** Requests on their way: what was asked and is not answered. */
  pending: Awaited<ReturnType<typeof pendingRequestsOf>>[number]['kind'][];
  /** Changes whenever the page would look different. */
  mark: string;
  /** Seconds until the page asks again; undefined: nothing more will happen. */
  again?: number;
}

/** The little that tells whether a page that asks again looks different by now. */
export async function readMoving({ db }: WebDeps, reservation: Submitted, now = Date.now()): Promise<Moving> {
  const { id, seq, from, until, behind } = reservation;
  const [all, requests] = await Promise.all([timelineOf(db, id), pendingRequestsOf(db, id)]);
  const lines = all.filter(told);
  const pending = requests.map(({ kind }) => kind);
  const hour = now < Number(from) ? 'before' : now < Number(until) ? 'during' : 'after';
  const reminding = nextNudge(reservation, now).possible ? '' : '-reminded';
  const again = pollEvery(reservation, pending);
  const mark = `${seq}-${behind?.seq ?? ''}-${lines.length}-${pending.join('.')}-${hour}${reminding}`;
  return { lines, pending, mark, ...(again && { again }) };
}

function pollEvery({ stage, behind }: Submitted, pending: string[]): number | undefined {
  if (pending.length > 0 || behind) return 2;
  if (stage === 'closed') return undefined;
  return stage === 'visit' || stage === 'details' ? 8 : 3;
}

/** Names of what rows point at, closed ones too. */
export async function readDirectory({ db }: Pick<WebDeps, 'db'>) {
  const [campuses, departments, gates] = await Promise.all([allCampuses(db), allDepartments(db), allGates(db)]);
  return {
    /** The gate to come in by, of those in service. */
    gate({ campus, department }: { campus: string | null; department: string | null }): Gate | undefined {
      const inService = gates.filter((gate) => gate.campus === campus && !gate.retiredAt);
      return suggestedGate(
        inService,
        departments.find(({ id }) => id === department),
      );
    },
    /** Whether somebody inside may ask to stay longer. */
    extensions: (id: string | null): boolean => campuses.find((one) => one.id === id)?.extensions ?? false,
    campus: (id: string | null): Localized | undefined => campuses.find((one) => one.id === id)?.name,
    department: (id: string | null): Localized | undefined => departments.find((one) => one.id === id)?.name,
  };
}
