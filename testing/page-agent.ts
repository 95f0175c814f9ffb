import supertest from 'supertest';

/**
 * Sends what its pages would send: whatever a test posts says, as each form of the last page does, for whom that was
 * drawn. A mark that the test itself puts into the form stands before it.
 */
export function pageAgent(web: string) {
  const agent = supertest.agent(web);
  let mark: string | undefined;
  agent.on('response', ({ text }: { text?: string }) => {
    mark = /name="form_owner" value="([^"]+)"/.exec(text ?? '')?.[1] ?? mark;
  });
  agent.use((request: { method: string; set(name: string, value: string): unknown }) => {
    if (mark && request.method === 'POST') request.set('Form-Owner', mark);
  });
  return agent;
}
