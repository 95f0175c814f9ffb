import type { OfficeMessage } from '../sandbox/office/office.ts';

/** The office messengers of a running sandbox, as a test looks at them. */
export function officePhone(sandbox: string, messenger: OfficeMessage['messenger'] = 'wecom') {
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(sandbox + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`The sandbox answered ${answer.status} to ${path}`);
    return (await answer.json()) as T;
  };
  return {
    /** Newest first. */
    messages: async (user: string): Promise<OfficeMessage[]> =>
      (await (
        await fetch(`${sandbox}/inspect/office?${new URLSearchParams({ messenger, user })}`)
      ).json()) as OfficeMessage[],
    user: (user: string, gone = false) => post('/inspect/office/users', { messenger, user, gone }),
    /** @returns the site's status */
    press: async (message: string, by: { user?: string; forged?: boolean } = {}): Promise<number> =>
      (await post<{ status: number }>('/inspect/office/presses', { message, ...by })).status,
    fault: (target: string, mode: string, times?: number) => post('/inspect/faults', { target, mode, times }),
    /** Of the newest message. */
    async code(user: string): Promise<string> {
      const [message] = await this.messages(user);
      const code = /\b\d{6}\b/.exec(message?.text ?? '')?.[0];
      if (!code) throw new Error(`No code went to ${user}`);
      return code;
    },
  };
}
export type OfficePhone = ReturnType<typeof officePhone>;
