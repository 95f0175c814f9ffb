import { relative } from 'node:path';
import { top } from '../prepare/machine.mjs';
import { demoLogins, demoPassword, gates, mailboxOf } from '../seed/content.ts';
import type { Folders } from './folders.ts';
import type { Ports } from './ports.ts';
import { hasNoSandbox, type RealParts } from './settings.ts';

/** What a person needs to know once everything runs, on one screen. */
export function screen(facts: {
  publicUrl: string;
  ports: Ports;
  folders: Folders;
  real: RealParts;
  pins: Record<string, string>;
  lanAddress: string | undefined;
  seconds: number;
  /** Processes that cannot do their main job yet. */
  late: string[];
}): string {
  const { publicUrl, ports, real } = facts;
  const host = facts.lanAddress ?? '127.0.0.1';
  const sandbox = `http://127.0.0.1:${ports.sandbox}`;
  const hasSandbox = !hasNoSandbox(real);
  const inside = relative(top, facts.folders.data);
  const folder = inside.startsWith('..') ? facts.folders.data : inside;
  return `
  Xiaomen 校门 ${stateOf(facts)}. Everything is a demo: made-up university, made-up people.

  Visitors     ${publicUrl}/
  Staff        ${publicUrl}/staff/login      inbox: /inbox
  Admins       ${publicUrl}/admin/reservations      engine: ${real.temporal ? 'your own' : '/admin/temporal/'}
${gates.map((gate) => `  ${gate.name_en.padEnd(12)} http://${host}:${ports[gate.id]}/      PIN ${facts.pins[gate.id] ?? ''}`).join('\n')}
${hasSandbox ? `  Sandbox      ${sandbox}/      the phone, the WeChat and the mailbox of the person you pretend to be\n` : ''}
  Demo logins (password: ${demoPassword})
${demoLogins.map(({ username, does }) => `    ${username.padEnd(10)} ${does}`).join('\n')}

  Five minutes, all in one browser:
    1  Visitors → 注册: any mobile number, such as 13800138000; ${hasSandbox ? `the code is at ${sandbox}/phone/13800138000` : 'the code comes by SMS'}
    2  同意, then 完善个人信息: a name, and for the document a passport such as E12345678; then 个人访客通道:
       信息科学与工程学院, from now until an hour from now, 提交预约
    3  ${real.mail ? '' : `${sandbox}/mailbox/${mailboxOf('approver')}: the link in the mail decides once, by the user name alone. Or\n       `}${real.wecom || real.mail ? '' : `${sandbox}/office/wecom/approver: 同意 on the card. Or\n       `}Staff → approver: open the task and approve it
    4  ${hasSandbox ? `${sandbox}/phone/13800138000 shows` : 'A message brings'} the 访客验证码; 我的凭证 on the home page opens the pass
    5  South gate → PIN, then type the pass's gate code and document (or scan the QR): the gate decides by itself
    6  Staff → sign out, then security: 今日来访 → the visit → 撤销来访: its pass opens no gate any more
    7  Admins → Sign in as someone else → admin: the visit's timeline, messages, gates, audit, and its workflow in the engine's own pages

  Data and keys  ${folder}/${facts.folders.postgres.startsWith(facts.folders.data) || real.database ? '' : `   (PostgreSQL: ${facts.folders.postgres})`}
  Logs           ${folder}/logs/<process>.log
  Stop           Ctrl-C. The next start goes on with every visit; remove ${folder}/ to begin anew.
`;
}

function stateOf({ late, seconds }: { late: string[]; seconds: number }): string {
  if (late.length === 0) return `is ready (${seconds} s)`;
  return `runs (${seconds} s), but not ready yet: ${late.join(', ')} – see the logs`;
}

export const lanWarning = (address: string) => `
  WARNING: --lan opens the visitor, staff and gate pages to everybody in this network, with demo logins
  whose password anybody can read in the source code. Use it in a network you trust, and only while you need it.
  Address: ${address}. The sandbox, the databases and the engine stay on 127.0.0.1.
`;
