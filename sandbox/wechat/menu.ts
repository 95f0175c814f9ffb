import { type Request, Router } from 'express';
import { z } from 'zod';
import { type Faults, loseAnswer } from '../faults.ts';
import type { Memory } from '../memory.ts';
import { answer, refuse } from './answer.ts';
import { isOver } from './fault.ts';
import type { Tokens } from './token.ts';
import { tokenFaultOf } from './token-fault.ts';

/** `menu/create`: three entries at most, names of four Chinese characters, https or loopback addresses. */

const entry = z.object({
  type: z.string(),
  name: z.string(),
  url: z.string().optional(),
  key: z.string().optional(),
});
const body = z.object({ button: z.array(entry) });

export type MenuEntry = z.infer<typeof entry>;

export function menuRoutes(memory: Memory, tokens: Tokens, faults: Faults): Router {
  const router = Router();
  router.all('/cgi-bin/menu/create', (request: Request, response) => {
    const mode = faults.take('wechat.menu');
    if (isOver(request, response, mode)) return;
    const tokenFault = tokenFaultOf(request, tokens);
    if (tokenFault) return refuse(response, ...tokenFault);
    const parsed = body.safeParse(request.body);
    if (!parsed.success) return refuse(response, 40015, 'invalid menu type');
    const problem = problemOf(parsed.data.button);
    if (problem) return refuse(response, ...problem);
    memory.menu = parsed.data.button;
    if (mode === 'lose') return loseAnswer(request, response);
    answer(response, { errcode: 0, errmsg: 'ok' });
  });
  return router;
}

function problemOf(entries: MenuEntry[]): [number, string] | undefined {
  if (entries.length < 1 || entries.length > 3) return [40016, 'invalid button size'];
  for (const { type, name, url, key } of entries) {
    if (name === '' || Buffer.byteLength(name) > 16) return [40018, 'invalid button name size'];
    if (type === 'view' && !(url && URL.canParse(url) && Buffer.byteLength(url) <= 1024)) {
      return [40054, 'invalid sub button url domain'];
    }
    if (type === 'click' && !(key && Buffer.byteLength(key) <= 128)) return [40019, 'invalid button key size'];
    if (type !== 'view' && type !== 'click') return [40017, 'invalid button type'];
  }
  return undefined;
}
