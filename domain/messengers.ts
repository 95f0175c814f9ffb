import { dropUnseen } from './characters.ts';

/** Messengers in which a university's staff work: 企业微信, 飞书, 钉钉. The words stand in rows, addresses and sentences. */
export const messengerNames = ['wecom', 'feishu', 'dingtalk'] as const;
export type MessengerName = (typeof messengerNames)[number];

export const messengerOf = (name: unknown): MessengerName | undefined => messengerNames.find((one) => one === name);

/** What a messenger is told of a task, in the order in which a card shows it below its title, which says the state. */
export const taskFactNames = ['visitor', 'window', 'campus', 'department', 'decide_by'] as const;
export type TaskFact = (typeof taskFactNames)[number];

/** Whose ids mean the same in capitals: 企业微信 says so of its UserID. */
const anyCase: readonly MessengerName[] = ['wecom'];

/** A user id as it is kept and compared. */
export function normaliseUser(messenger: MessengerName, typed: string): string {
  const user = dropUnseen(typed).normalize('NFKC').trim();
  return anyCase.includes(messenger) ? user.toLowerCase() : user;
}

/** `@all` is everybody at 企业微信, and no user. @returns the catalogue key of what is wrong */
export function findUserProblem(user: string): string | undefined {
  if (user === '') return 'field.user_id_empty';
  return /^(?!@)[\w@.-]{1,64}$/.test(user) ? undefined : 'field.user_id_malformed';
}

/** The first and the last character stay, of a short one the first. */
export const maskUser = (user: string): string =>
  user.length > 3 ? `${user[0]}***${user.at(-1)}` : `${user[0] ?? ''}***`;
