import { randomUUID } from 'node:crypto';

export const officeMessengers = ['wecom', 'feishu', 'dingtalk'] as const;
export type OfficeMessenger = (typeof officeMessengers)[number];

/** What the office messengers of this sandbox have in common: users of an organisation, and what their app shows them. */
export interface Office {
  users: OfficeUser[];
  /** Newest last. */
  messages: OfficeMessage[];
}

export interface OfficeUser {
  messenger: OfficeMessenger;
  user: string;
  /** Left the organisation, or the app may not reach them any more. */
  gone: boolean;
}

export interface OfficeMessage {
  id: string;
  messenger: OfficeMessenger;
  user: string;
  title: string;
  text: string;
  facts: { name: string; value: string }[];
  open?: { words: string; url: string } | undefined;
  /** It decides when it is pressed. */
  button?: { words: string; key: string } | undefined;
  at: Date;
  /** What the phone said after the last press, where its messenger does. */
  said?: string;
}

/** What a card shows, and may show anew. */
export type Shown = Pick<OfficeMessage, 'title' | 'text' | 'facts' | 'open' | 'button'>;

/** Presses the button of a card, as its messenger tells the site of it. @returns the site's status; 0: it did not answer */
export type Press = (message: OfficeMessage, by: { user: string; forged: boolean }) => Promise<number>;
export type Presses = Partial<Record<OfficeMessenger, Press>>;

/** Called like the demo's accounts. */
const users = ['approver', 'approver2', 'head', 'deputy', 'host'];

export const createOffice = (messengers: readonly OfficeMessenger[]): Office => ({
  users: messengers.flatMap((messenger) => users.map((user) => ({ messenger, user, gone: false }))),
  messages: [],
});

/** Somebody whom the app may write to. */
export const reachable = ({ users }: Office, messenger: OfficeMessenger, user: string): boolean =>
  users.some((one) => one.messenger === messenger && one.user === user && !one.gone);

export function keepOfficeMessage(office: Office, message: Omit<OfficeMessage, 'id' | 'at'>): OfficeMessage {
  const kept = { ...message, id: randomUUID(), at: new Date() };
  office.messages.push(kept);
  return kept;
}
