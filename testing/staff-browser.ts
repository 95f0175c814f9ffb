import { pageAgent } from './page-agent.ts';
import { staffLogins } from './system.ts';

/** A browser of a staff member, signed in, that keeps its cookies and sends its origin. */
export async function staffBrowser(
  web: string,
  who: keyof typeof staffLogins | { username: string; password: string },
) {
  const agent = pageAgent(web).set({ Origin: web });
  await agent
    .post('/staff/login')
    .type('form')
    .send(typeof who === 'string' ? staffLogins[who] : who)
    .expect(303);
  await agent.get('/inbox').expect(200);
  return agent;
}
