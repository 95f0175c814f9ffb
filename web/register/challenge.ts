import { randomInt } from 'node:crypto';
import type { Request } from 'express';
import { dropUnseen } from '../../domain/characters.ts';

/**
 * Our own question before another code is sent: words, so that it works without pictures or scripts. It is kept in the
 * session and answered once; a new page has a new question.
 */
export interface Challenge {
  /** Catalogue key of the question under `challenge`, and its values. */
  question: string;
  params: Record<string, number>;
  answer: number;
}

declare module 'express-session' {
  interface SessionData {
    challenge: Challenge;
  }
}

const questions: (() => Challenge)[] = [
  () => sum('sum', randomInt(2, 10), randomInt(2, 10)),
  () => sum('steps', randomInt(2, 10), randomInt(2, 10)),
  () => difference(randomInt(10, 20), randomInt(2, 10)),
  () => larger(randomInt(10, 50), randomInt(50, 99)),
];

export function askChallenge(req: Request): Challenge {
  const ask = questions[randomInt(questions.length)] ?? questions[0];
  const challenge = ask?.() ?? sum('sum', 2, 3);
  req.session.challenge = challenge;
  return challenge;
}

/** Takes the question out of the session, also after a wrong answer. Full-width digits count. */
export function takeChallenge(req: Request, typed: string): boolean {
  const { challenge } = req.session;
  delete req.session.challenge;
  const answer = dropUnseen(typed).normalize('NFKC').trim();
  return challenge !== undefined && /^\d{1,3}$/.test(answer) && Number(answer) === challenge.answer;
}

const sum = (question: string, a: number, b: number): Challenge => ({ question, params: { a, b }, answer: a + b });
const difference = (a: number, b: number): Challenge => ({ question: 'difference', params: { a, b }, answer: a - b });
const larger = (a: number, b: number): Challenge => ({ question: 'larger', params: { a, b }, answer: b });
