import supertest from 'supertest';

/**
 * Sends what a page's forms would send: each request carries the mark of the last page, which says whom it was drawn
 * for. A mark that the test itself puts into the form comes first.
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
