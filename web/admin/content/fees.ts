import type { Request, RequestHandler, Response } from 'express';
import { dropUnseen } from '../../../domain/characters.ts';
import {
  type FeeTable,
  feeTable,
  freeTable,
  highestFee,
  longestPayTime,
  readYuan,
  vehicleKinds,
  yuan,
} from '../../../domain/fee.ts';
import { channels } from '../../../domain/reservation.ts';
import { notFound } from '../../../platform/errors.ts';
import { allCampuses, type Campus } from '../../../store/content/content.ts';
import { feesOf, type PublishedFees, publishFees } from '../../../store/payments/fee.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf, textsOf } from '../../form-value.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';

/**
 * `/admin/content/campuses/:id/fees`: what vehicles cost at a campus. Publishing makes another version; visits that were admitted by
 * an earlier one keep what they were told.
 */

const amountName = (channel: string, kind: string): string => `${channel}_${kind}`;
const amounts = channels.flatMap((channel) =>
  vehicleKinds.map((kind) => ({ channel, kind, name: amountName(channel, kind) })),
);
const names = [...amounts.map(({ name }) => name), 'per', 'pay_within', 'refunds_shorter'];

export function showFees(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const campus = await campusOf(deps, req);
    const fees = await feesOf(deps.db, campus.id);
    render(res, campus, {
      fees,
      texts: textsFor(fees?.table ?? freeTable),
      saved: typeof req.query.saved === 'string',
    });
  };
}

export function publishNewFees(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const campus = await campusOf(deps, req);
    const texts = textsOf(req.body, names);
    const fees = await feesOf(deps.db, campus.id);
    const read = readTable(texts);
    if (!read.ok) return render(res.status(422), campus, { fees, texts, fields: read.fields });
    const after = Number(textOf(req.body, 'version'));
    // The same table again is no other version.
    if (JSON.stringify(fees?.table ?? freeTable) === JSON.stringify(read.table)) return saved(res, campus);
    if (!Number.isInteger(after) || after !== (fees?.version ?? 0)) {
      return render(res.status(409), campus, { fees, texts, stale: true });
    }
    const published = await deps.db.transaction(async (trx) => {
      const id = await publishFees(trx, { campus: campus.id, after, table: read.table, by: whoIs(res).id });
      if (!id) return false;
      const detail = { kind: 'fees', version: after + 1 };
      await recordAct(
        deps,
        req,
        res,
        { action: 'content_changed', subject: { kind: 'content', id: campus.id }, detail },
        trx,
      );
      return true;
    });
    if (published) return saved(res, campus);
    render(res.status(409), campus, { fees: await feesOf(deps.db, campus.id), texts, stale: true });
  };
}

const saved = (res: Response, { id }: Campus): void => res.redirect(303, `/admin/content/campuses/${id}/fees?saved`);

type Texts = Record<string, string>;

function readTable(texts: Texts): { ok: true; table: FeeTable } | { ok: false; fields: Record<string, string> } {
  const fields: Record<string, string> = {};
  const read = (name: string): number => {
    const typed = texts[name]?.trim() ?? '';
    const amount = typed === '' ? 0 : readYuan(typed);
    if (amount !== undefined && amount <= highestFee) return amount;
    fields[name] = 'fees.problem.amount';
    return 0;
  };
  const rows = Object.fromEntries(
    channels.map((channel) => [
      channel,
      Object.fromEntries(vehicleKinds.map((kind) => [kind, read(amountName(channel, kind))])),
    ]),
  );
  const hours = Number(
    dropUnseen(texts.pay_within ?? '')
      .normalize('NFKC')
      .trim() || Number.NaN,
  );
  if (!Number.isInteger(hours) || hours < 1 || hours > longestPayTime) fields.pay_within = 'fees.problem.pay_within';
  if (texts.per !== 'visit' && texts.per !== 'day') fields.per = 'field.choose';
  if (Object.keys(fields).length > 0) return { ok: false, fields };
  const refundsShorter = texts.refunds_shorter === 'on';
  return { ok: true, table: feeTable.parse({ per: texts.per, amounts: rows, payWithin: hours, refundsShorter }) };
}

const textsFor = (table: FeeTable): Texts => ({
  ...Object.fromEntries(amounts.map(({ channel, kind, name }) => [name, yuan(table.amounts[channel][kind])])),
  per: table.per,
  pay_within: String(table.payWithin),
  refunds_shorter: table.refundsShorter ? 'on' : '',
});

async function campusOf({ db }: WebDeps, req: Request): Promise<Campus> {
  const found = (await allCampuses(db)).find(({ id }) => id === req.params.id);
  if (!found) throw notFound();
  return found;
}

function render(
  res: Response,
  campus: Campus,
  page: {
    fees: PublishedFees | undefined;
    texts: Texts;
    fields?: Record<string, string>;
    stale?: boolean;
    saved?: boolean;
  },
): void {
  const path = `/admin/content/campuses/${campus.id}/fees`;
  res.locals.path = path;
  const { fees, texts, fields = {}, stale = false, saved: isSaved = false } = page;
  res.render('admin/content/fees', {
    path,
    campus,
    version: fees?.version ?? 0,
    now: textsFor(fees?.table ?? freeTable),
    texts,
    fields,
    stale,
    saved: isSaved,
    channels,
    vehicleKinds,
    amountName,
    longestPayTime,
  });
}
