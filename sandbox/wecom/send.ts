import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { SandboxSettings } from '../../platform/config.ts';
import { type FaultMode, type Faults, loseAnswer } from '../faults.ts';
import { keepOfficeMessage, type Office, type OfficeMessage, reachable } from '../office/office.ts';
import { refuse, type WecomRefusal } from './answer.ts';
import { shownOf, shownUpdate } from './content.ts';
import type { WecomTokens } from './token.ts';

/** Messages of an app and the cards among them, as 企业微信 takes and shows them. */
export interface WecomCards {
  /** Another code by which a card may be shown anew, once. */
  responseCode(message: OfficeMessage): string;
  taskIdOf(message: OfficeMessage): string;
  routes: Router;
}

const remembersFor = 1800_000;
/** What one user is shown within a minute; the rest is dropped. */
const mostShown = 30;

const body = z.object({
  touser: z.string().min(1),
  agentid: z.number(),
  enable_duplicate_check: z.number().optional(),
});
const update = z.object({
  userids: z.array(z.string()),
  agentid: z.number(),
  response_code: z.string(),
  template_card: z.unknown(),
});

export function createWecomCards(
  settings: SandboxSettings,
  office: Office,
  tokens: WecomTokens,
  faults: Faults,
): WecomCards {
  const codes = new Map<string, OfficeMessage>();
  const taskIds = new Map<string, OfficeMessage>();
  const requests: { json: string; at: number }[] = [];

  const responseCode = (message: OfficeMessage): string => {
    const code = randomBytes(24).toString('base64url');
    codes.set(code, message);
    return code;
  };

  function send(request: Request, response: Response, mode: FaultMode): unknown {
    const parsed = body.safeParse(request.body);
    if (!parsed.success) return refuse(response, [40058, 'invalid Request Parameter']);
    const user = parsed.data.touser.toLowerCase();
    if (parsed.data.agentid !== settings.WECOM_AGENT_ID)
      return refuse(response, [301002, 'not allow operate another agent with this accesstoken']);
    const shown = shownOf(request.body);
    if (Array.isArray(shown)) return refuse(response, shown);
    if (!reachable(office, 'wecom', user)) return refuse(response, [81013, 'user & party & tag all invalid']);
    const { taskId, ...content } = shown;
    if (taskId && taskIds.has(taskId))
      return refuse(response, [42014, 'taskid has existed or empty or exceed max len']);
    const kept =
      parsed.data.enable_duplicate_check === 1 && isRepeated(JSON.stringify(request.body))
        ? undefined
        : keep(user, content);
    if (kept && taskId) taskIds.set(taskId, kept);
    if (mode === 'lose') return loseAnswer(request, response);
    response.json({
      errcode: 0,
      errmsg: 'ok',
      msgid: randomBytes(32).toString('base64url'),
      ...(kept?.button && { response_code: responseCode(kept) }),
    });
  }

  function keep(user: string, content: Content): OfficeMessage | undefined {
    const recent = office.messages.filter(
      (one) => one.messenger === 'wecom' && one.user === user && Date.now() - one.at.getTime() < 60_000,
    );
    return recent.length < mostShown ? keepOfficeMessage(office, { messenger: 'wecom', user, ...content }) : undefined;
  }

  function isRepeated(json: string): boolean {
    const known = requests.some((one) => one.json === json && Date.now() - one.at < remembersFor);
    requests.push({ json, at: Date.now() });
    return known;
  }

  function replace(request: Request, response: Response): unknown {
    const parsed = update.safeParse(request.body);
    if (!parsed.success) return refuse(response, [40058, 'invalid Request Parameter']);
    const { userids, agentid, response_code: code, template_card: card } = parsed.data;
    const message = codes.get(code);
    if (agentid !== settings.WECOM_AGENT_ID)
      return refuse(response, [301002, 'not allow operate another agent with this accesstoken']);
    // The documentation names no number for a code that is unknown or used.
    if (!message || !userids.includes(message.user)) return refuse(response, [40058, 'invalid response_code']);
    const shown = shownUpdate(card);
    if (Array.isArray(shown)) return refuse(response, shown);
    codes.delete(code);
    Object.assign(message, contentOf(shown));
    response.json({ errcode: 0, errmsg: 'ok' });
  }

  const routes = Router();
  for (const [path, target, act] of [
    ['/cgi-bin/message/send', 'wecom.send', send],
    ['/cgi-bin/message/update_template_card', 'wecom.update', replace],
  ] as const) {
    routes.all(path, (request, response) => {
      const mode = faults.take(target);
      if (mode === 'hang') return;
      const refusal = refusals[mode] ?? (request.method === 'POST' ? tokens.faultOf(request) : notPost);
      if (refusal) refuse(response, refusal);
      else act(request, response, mode);
    });
  }
  const taskIdOf = (message: OfficeMessage) => [...taskIds].find(([, one]) => one === message)?.[0] ?? '';
  return { responseCode, taskIdOf, routes };
}

type Content = Pick<OfficeMessage, 'title' | 'text' | 'facts' | 'open' | 'button'>;

/** What is not said is gone from the card. */
const contentOf = ({ title, text, facts, open, button }: Content): Content => ({ title, text, facts, open, button });

const notPost: WecomRefusal = [43002, 'require http method with POST'];
const refusals: Partial<Record<FaultMode, WecomRefusal>> = {
  busy: [-1, 'system busy'],
  quota: [45009, 'api freq out of limit'],
  refuse: [48002, 'api forbidden'],
  token: [42001, 'access_token expired'],
};
