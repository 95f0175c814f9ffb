import type { Request } from 'express';
import type { PayMethod } from '../../domain/fee.ts';

/** How somebody pays who pays by themselves. */
export type OwnMethod = Exclude<PayMethod, 'cash'>;
export const ownMethods: readonly OwnMethod[] = ['jsapi', 'h5', 'native'];

/**
 * What fits the browser: within WeChat its own cashier, for somebody whom it named to us; on another browser of a phone WeChat is opened
 * from there; on a desktop a phone reads a code. A browser that says too little about itself gets the code.
 *
 * @param bound whether a WeChat is bound to the account
 */
export function methodsFor(req: Request, bound: boolean): [OwnMethod, ...OwnMethod[]] {
  const agent = req.get('user-agent') ?? '';
  if (/MicroMessenger/i.test(agent)) return bound ? ['jsapi'] : ['native'];
  return /Mobile|Android|iPhone|HarmonyOS/i.test(agent) ? ['h5', 'native'] : ['native'];
}
