import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { top } from '../prepare/machine.mjs';

export type Options = {
  /** Visitor and gate pages listen on every address instead of 127.0.0.1. */
  lan: boolean;
  portBase: number;
  /** Data, keys and logs of this installation. */
  data: string | undefined;
  help: boolean;
};

export const usage = `npm start [-- options]

  --port-base 9080   use the ports from 9080 on instead of those from 8080 on
  --data <folder>    keep data, keys and logs there instead of in .data
  --lan              open the visitor and gate pages to the network (read the warning)
  --help             show this

Real parts replace embedded ones by environment: DATABASE_URL (and DATABASE_OWNER_URL for migrations),
TEMPORAL_ADDRESS, WECHAT_*, SMS_*, PUBLIC_URL, TRUSTED_PROXIES. "npm run doctor" says what is reachable.`;

/** @throws Error naming what was not understood */
export function readOptions(args: string[]): Options {
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({
      args,
      options: {
        lan: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        'port-base': { type: 'string' },
        data: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message.split('\n')[0]} Try "npm start -- --help".`);
  }
  const portBase = Number(values['port-base'] ?? 8080);
  if (!Number.isInteger(portBase) || portBase < 1024 || portBase > 65_000) {
    throw new Error('--port-base must be a number from 1024 to 65000.');
  }
  const data = values.data === undefined ? undefined : resolve(process.env.INIT_CWD ?? top, String(values.data));
  return { lan: values.lan === true, help: values.help === true, portBase, data };
}
