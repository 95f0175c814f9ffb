import supertest from 'supertest';
import { staffLogins } from './system.ts';

/** A browser of a staff member, signed in, that keeps its cookies and sends its origin. */
export async function staffBrowser(web: string, who: keyof typeof staffLogins) {
  const agent = supertest.agent(web).set({ Origin: web });
  await agent.post('/staff/login').type('form').send(staffLogins[who]).expect(303);
  return agent;
}
