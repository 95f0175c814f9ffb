import type { Request, Response } from 'express';
import type { Knex } from 'knex';
import { AppError } from '../../platform/errors.ts';
import type { Notice } from '../../store/content/notice.ts';
import { giveConsent } from '../../store/people/consent.ts';
import { createVisitor, findByPhone, type KnownPhone, noteVisit, supersede } from '../../store/people/visitor.ts';
import { keepRequest } from '../../store/reservations/request.ts';
import { openDraft } from '../../store/reservations/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { channelOf } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';

type Exchange = { req: Request; res: Response };

/** `start`: a request that must be delivered: the first verified phone starts the reservation's workflow. */
export type Entered = { visitor: string; start?: string } | { idle: string };

export interface Proof {
  phone: string;
  terms: Notice;
  /** The WeChat identity this browser came with. */
  openid: string | undefined;
}

/**
 * The account of a proved phone: known, or made now. A number may have been given to somebody else, so an account that
 * lay idle opens only to a person known by WeChat or by the document (`idle`); without either, a fresh one takes its place.
 */
export async function enterByPhone(deps: WebDeps, exchange: Exchange, proof: Proof): Promise<Entered> {
  return deps.db.transaction(async (trx) => {
    const known = await findByPhone(trx, deps, proof.phone);
    if (!known) return begin(deps, exchange, trx, proof);
    if (known.idle && !isSameWechat(deps, known, proof.openid)) {
      if (known.hasPerson) return { idle: known.id };
      return replace(deps, exchange, trx, known.id, proof);
    }
    return comeBack(deps, exchange, trx, known.id, proof);
  });
}

/**
 * The idle account opens, or a fresh one takes its place.
 *
 * @throws AppError `idle_opened` (409) when its owner came in meanwhile: an account in use is not put aside because it was idle before.
 */
export async function settleIdle(
  deps: WebDeps,
  exchange: Exchange,
  proof: Proof,
  idle: { visitor: string; isSame: boolean },
): Promise<Entered> {
  return deps.db.transaction(async (trx) => {
    const known = await findByPhone(trx, deps, proof.phone);
    if (!known) return begin(deps, exchange, trx, proof);
    if (known.id !== idle.visitor || idle.isSame) return comeBack(deps, exchange, trx, known.id, proof);
    if (!known.idle) throw new AppError('idle_opened', { status: 409 });
    return replace(deps, exchange, trx, known.id, proof);
  });
}

const isSameWechat = ({ index }: WebDeps, known: KnownPhone, openid: string | undefined): boolean =>
  openid !== undefined && index.matches(known.openidHash, 'openid', openid);

async function begin(deps: WebDeps, exchange: Exchange, trx: Knex, proof: Proof): Promise<Entered> {
  const visitor = await createVisitor(trx, deps, { phone: proof.phone, language: exchange.res.locals.lang });
  // Somebody registered the same phone at the same moment: it is their own second tab.
  if (!visitor) {
    const made = await findByPhone(trx, deps, proof.phone);
    if (!made) throw new Error('The account that stood in the way is gone');
    return comeBack(deps, exchange, trx, made.id, proof);
  }
  await agreeToTerms(exchange, trx, visitor, proof);
  await recordEntry(deps, exchange, trx, visitor, 'visitor_registered');
  const { id: reservation } = await openDraft(trx, visitor);
  // One start a reservation: the reservation's own id will do.
  await keepRequest(trx, {
    id: reservation,
    reservation,
    kind: 'start',
    actor: { kind: 'visitor', id: visitor },
    payload: {},
  });
  return { visitor, start: reservation };
}

async function comeBack(deps: WebDeps, exchange: Exchange, trx: Knex, visitor: string, proof: Proof): Promise<Entered> {
  await noteVisit(trx, visitor, exchange.res.locals.lang);
  await agreeToTerms(exchange, trx, visitor, proof);
  await recordEntry(deps, exchange, trx, visitor, 'visitor_signed_in');
  return { visitor };
}

async function replace(deps: WebDeps, exchange: Exchange, trx: Knex, old: string, proof: Proof): Promise<Entered> {
  await supersede(trx, old);
  const entered = await begin(deps, exchange, trx, proof);
  await recordVisitor(
    deps,
    exchange,
    {
      ...('visitor' in entered ? { visitor: entered.visitor } : {}),
      action: 'visitor_superseded',
      subject: { kind: 'visitor', id: old },
    },
    trx,
  );
  return entered;
}

async function agreeToTerms({ req }: Exchange, trx: Knex, visitor: string, { terms }: Proof): Promise<void> {
  await giveConsent(trx, { visitor, notice: terms, purpose: 'terms', channel: channelOf(req) });
}

const recordEntry = (
  deps: WebDeps,
  exchange: Exchange,
  trx: Knex,
  visitor: string,
  action: 'visitor_registered' | 'visitor_signed_in',
): Promise<void> => recordVisitor(deps, exchange, { visitor, action, subject: { kind: 'visitor', id: visitor } }, trx);
