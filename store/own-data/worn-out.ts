import type { Knex } from 'knex';
import { dropOldAssets } from '../content/served-asset.ts';

/** Longer than any limit looks back (a day), and than any code lives (minutes). */
const keptFor = '2 days';

/**
 * Deletes forms that nobody came back for, messages to staff and their links of a quarter ago, addresses of
 * invitations that nobody took up, names of requests of other systems, what web hooks and WeChat Pay told a month ago, styles and scripts of
 * earlier releases, tries that no limit counts
 * any more, boxes that asked to become gates, and one-time codes that open nothing: both hold keyed hashes of phones, also of people who never came further.
 *
 * @returns how many rows went.
 */
export async function dropWornOut(db: Knex): Promise<number> {
  const tries = await db('attempt').whereRaw('at < now() - ?::interval', [keptFor]).delete();
  const codes = await db('phone_code').whereRaw('expires_at < now() - ?::interval', [keptFor]).delete();
  const forms = await db('kept_form').where('expires_at', '<', db.fn.now()).delete();
  const told = await db('staff_message').whereRaw(`closed_at < now() - interval '90 days'`).delete();
  const letters = await db('staff_letter as l')
    .whereRaw(`l.started_at < now() - interval '90 days'`)
    .whereNotExists(db('staff_letter_message as m').whereRaw('m.letter_id = l.id'))
    .delete();
  const links = await db('task_link').whereRaw(`expires_at < now() - interval '90 days'`).delete();
  const invited = await db('staff_link_mail as m')
    .whereExists(db('staff_link as l').whereRaw(`l.id = m.link_id and l.expires_at < now() - interval '30 days'`))
    .delete();
  // A worker answers them within seconds: it was away for a day.
  const askings = await db('password_asking').whereRaw(`asked_at < now() - interval '1 day'`).delete();
  const scans = await db('staff_wechat_code').whereRaw(`expires_at < now() - interval '1 day'`).delete();
  const proofs = await db('staff_messenger_code').whereRaw(`expires_at < now() - interval '1 day'`).delete();
  const boxes = await db('gate_enrolment').whereRaw(`expires_at < now() - interval '1 day'`).delete();
  // A request that is sent again comes within minutes.
  const onces = await db('api_once').whereRaw('made_at < now() - ?::interval', [keptFor]).delete();
  // WeChat Pay repeats a notification for a day.
  const notices = await db('payment_notice').whereRaw(`taken_at < now() - interval '30 days'`).delete();
  const hooks = await db('webhook_delivery').whereRaw(`made_at < now() - interval '30 days'`).delete();
  const assets = await dropOldAssets(db);
  return (
    tries +
    codes +
    forms +
    told +
    letters +
    links +
    invited +
    askings +
    scans +
    proofs +
    boxes +
    onces +
    notices +
    hooks +
    assets
  );
}
