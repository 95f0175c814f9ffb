import type { World } from './world.ts';

export interface Cookie {
  name: string;
  value: string;
  url: string;
}

/** What makes a browser somebody of the world: the cookies that their agent holds. */
export async function cookiesOf(agent: World['people'][keyof World['people']], url: string): Promise<Cookie[]> {
  const asked = agent.get('/privacy');
  const { cookies } = asked as unknown as { cookies: string };
  await asked;
  return cookies
    .split('; ')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return { name, value: value.join('='), url };
    });
}
