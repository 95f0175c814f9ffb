import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import express, { type Request, type Response, Router } from 'express';
import { translator } from '../../platform/i18n.ts';
import { createWechatCallback, helpKey, type WechatEvent } from '../../platform/wechat.ts';
import { getUniversity } from '../../store/content/content.ts';
import type { FailedMessage } from '../../store/messages/failed-message.ts';
import { recordReceipt } from '../../store/messages/message-attempt.ts';
import { recordStaffFollowing } from '../../store/messages/staff-contact.ts';
import { recordWechatReceipt } from '../../store/messages/staff-letter.ts';
import { recordFollowing } from '../../store/people/wechat-following.ts';
import { messageFailed, reservationWorkflowId } from '../../workflows/messages/reservation.ts';
import type { WebDeps } from '../deps.ts';

type Deps = Pick<WebDeps, 'settings' | 'db' | 'index' | 'client' | 'log'>;

/** WeChat waits five seconds for its answer; the engine gets less. */
const engineLimitMs = 3_000;

/**
 * `/wechat/callback`: machines only, signed by WeChat. `success` means that WeChat need not say it again; anything else
 * brings it back, three times.
 */
export function wechatCallbackRoutes(deps: Deps): Router {
  const callback = createWechatCallback(deps.settings);
  const router = Router();

  router.get('/wechat/callback', (req, res) => {
    const echo = callback.echo(req.query);
    if (echo === undefined) return refuse(deps, res);
    res.type('text/plain').send(echo);
  });

  router.post('/wechat/callback', express.text({ type: () => true, limit: '64kb' }), async (req, res) => {
    const event = callback.read(req.query, bodyOf(req));
    if (!event) return refuse(deps, res);
    if (event.kind === 'receipt' && !(await takeReceipt(deps, event))) {
      return void res.status(503).type('text/plain').send('later');
    }
    const words = await answerTo(deps, event);
    if (words === undefined || !('account' in event)) return void res.type('text/plain').send('success');
    res.type('text/xml').send(callback.reply({ openid: event.openid, account: event.account, text: words }));
  });

  return router;
}

/** The account's answer to a new follower and to its menu's help; undefined: none. The account speaks Chinese, with a line of English. */
async function answerTo({ db, index, settings }: Deps, event: WechatEvent): Promise<string | undefined> {
  if (event.kind === 'subscribed' || event.kind === 'unsubscribed') {
    const word = { openid: event.openid, follows: event.kind === 'subscribed', at: event.at };
    await recordFollowing(db, index, word);
    await recordStaffFollowing(db, index, word);
  }
  const asked = event.kind === 'subscribed' || (event.kind === 'clicked' && event.key === helpKey);
  if (!asked) return undefined;
  const say = translator('zh-CN');
  const university = (await getUniversity(db)).name['zh-CN'];
  const key = event.kind === 'subscribed' ? 'wechat.welcome' : 'wechat.help';
  return say(key, {
    university,
    address: `${settings.PUBLIC_URL}/wechat/oauth`,
    guide: `${settings.PUBLIC_URL}/notice`,
  });
}

const bodyOf = (req: Request): string => (typeof req.body === 'string' ? req.body : '');

function refuse({ log }: Deps, res: Response): void {
  log.warn('a WeChat callback was not signed as it should be');
  res.status(403).type('text/plain').send('refused');
}

/** False when it should come again: the message's id is not recorded yet, or the engine does not answer. */
async function takeReceipt(
  { db, client, log }: Deps,
  event: Extract<WechatEvent, { kind: 'receipt' }>,
): Promise<boolean> {
  const recorded = await recordReceipt(db, 'wechat', event.messageId, event.receipt);
  // To a member of staff, or of nobody's yet.
  if (!recorded) return recordWechatReceipt(db, event.messageId, event.receipt);
  if (!recorded.failed) return true;
  log.info(
    { message: recorded.message, reservation: recorded.reservation, receipt: event.receipt },
    'WeChat could not deliver',
  );
  return tellWorkflow(client, log, recorded);
}

/** The signal carries the attempt's id: told twice, the workflow acts once. */
async function tellWorkflow(
  client: Client,
  log: Deps['log'],
  { reservation, message, event }: FailedMessage,
): Promise<boolean> {
  const handle = client.workflow.getHandle(reservationWorkflowId(reservation));
  try {
    await client.withDeadline(Date.now() + engineLimitMs, () => handle.signal(messageFailed, { event, message }));
    return true;
  } catch (error) {
    // A closed reservation has nobody left to tell.
    if (error instanceof WorkflowNotFoundError) return true;
    log.warn({ err: error, reservation }, 'the workflow could not be told of a failed message');
    return false;
  }
}
