import { describe, expect, it } from 'vitest';
import { findPolicyProblems, type PolicyDocument, type PolicyStep, parsePolicy, usualPolicy } from './policy.ts';
import { factsOfPeople, holds, type PolicyFacts, stepsFor } from './policy-facts.ts';
import { hour, startOfDay } from './time.ts';

const step: PolicyStep = { signers: [{ role: 'approver' }], need: 1 };
const person = '0197f000-0000-7000-8000-000000000001';
const document = (...steps: PolicyStep[]): PolicyDocument => ({ steps, once: true });

describe('a policy', () => {
  it('is read strictly, and begins as one signature of the department', () => {
    expect(parsePolicy(JSON.parse(JSON.stringify(usualPolicy)))).toEqual(usualPolicy);
    expect(() => parsePolicy({ steps: [{ ...step, need: 0 }], once: true })).toThrow();
    expect(() => parsePolicy({ steps: [{ ...step, colour: 'red' }], once: true })).toThrow();
    expect(() => parsePolicy({ steps: [{ signers: [{ role: 'admin' }], need: 1 }], once: true })).toThrow();
  });

  it.each<[string, PolicyDocument, unknown[]]>([
    ['no step', document(), [{ problem: 'none' }]],
    ['a step without anybody', document(step, { signers: [], need: 1 }), [{ step: 1, problem: 'nobody' }]],
    ['a step that can never be finished', document({ ...step, need: 2 }), [{ step: 0, problem: 'need' }]],
    [
      'a person who would have to sign twice',
      document({ signers: [{ person }, { person }], need: 1 }),
      [{ step: 0, problem: 'twice' }],
    ],
    ['a time limit without an end', document({ ...step, within: 60 }), [{ step: 0, problem: 'late' }]],
    [
      'visits that no step is for',
      document({ ...step, when: { match: 'any', vehicle: true } }),
      [{ problem: 'always' }],
    ],
    [
      'a condition that asks nothing',
      document(step, { ...step, when: { match: 'all' } }),
      [{ step: 1, problem: 'empty_condition' }],
    ],
    ['a sound one', document(step, { ...step, within: 60, late: 'climb', when: { match: 'any', minors: true } }), []],
  ])('with %s', (_, policy, problems) => {
    expect(findPolicyProblems(policy)).toEqual(problems);
  });

  it('of one channel has no step for the other', () => {
    const policy = document(step, { ...step, when: { match: 'all', channel: 'official' } });
    expect(findPolicyProblems(policy, 'personal')).toEqual([{ step: 1, problem: 'never' }]);
    expect(findPolicyProblems(policy, 'official')).toEqual([]);
  });
});

describe('a condition', () => {
  const wednesday = startOfDay('2026-12-02').getTime();
  const facts: PolicyFacts = {
    channel: 'personal',
    persons: 3,
    vehicle: false,
    from: wednesday + 10 * hour,
    until: wednesday + 12 * hour,
    minors: false,
    foreign: false,
    calendar: new Map(),
  };
  const at = (from: number, until: number) => ({ from: wednesday + from * hour, until: wednesday + until * hour });

  it('is answered by what was submitted', () => {
    expect(holds({ match: 'all', channel: 'personal', partyFrom: 3 }, facts)).toBe(true);
    expect(holds({ match: 'all', channel: 'official', partyFrom: 3 }, facts)).toBe(false);
    expect(holds({ match: 'any', channel: 'official', partyFrom: 3 }, facts)).toBe(true);
    expect(holds({ match: 'all', partyFrom: 4 }, facts)).toBe(false);
    expect(holds({ match: 'all', longerThan: 2 }, facts)).toBe(false);
    expect(holds({ match: 'all', longerThan: 2 }, { ...facts, ...at(10, 13) })).toBe(true);
    for (const fact of ['vehicle', 'minors', 'foreign'] as const) {
      expect(holds({ match: 'all', [fact]: true }, facts)).toBe(false);
      expect(holds({ match: 'all', [fact]: true }, { ...facts, [fact]: true })).toBe(true);
    }
  });

  it('knows night, weekend and holiday of every day that the visit touches', () => {
    const touches = (time: 'night' | 'weekend' | 'holiday', change: Partial<PolicyFacts>) =>
      holds({ match: 'all', times: [time] }, { ...facts, ...change });
    expect(touches('night', at(6, 22))).toBe(false);
    expect(touches('night', at(5, 8))).toBe(true);
    expect(touches('night', at(20, 23))).toBe(true);
    expect(touches('night', at(10, 34))).toBe(true);
    expect(touches('weekend', {})).toBe(false);
    expect(touches('weekend', at(58, 74))).toBe(true);
    expect(touches('weekend', { ...at(80, 90), calendar: new Map([['2026-12-05', true]]) })).toBe(false);
    expect(touches('holiday', { calendar: new Map([['2026-12-02', false]]) })).toBe(true);
    expect(touches('holiday', { calendar: new Map([['2026-12-03', false]]) })).toBe(false);
  });

  it('leaves out the steps that a visit does not need', () => {
    const policy = document({ ...step, when: { match: 'any', minors: true } }, step);
    expect(stepsFor(policy, facts).map(({ index }) => index)).toEqual([1]);
    expect(stepsFor(policy, { ...facts, minors: true }).map(({ index }) => index)).toEqual([0, 1]);
  });

  it('knows a party by its documents', () => {
    const one = { nationality: null, birthDay: null, plate: null };
    const resident = { ...one, documentType: 'resident_id' as const, document: '11010519491231002X' };
    const passport = { ...one, documentType: 'passport' as const, document: 'E00000001', birthDay: '2012-05-01' };
    expect(factsOfPeople([resident], wednesday)).toEqual({ vehicle: false, minors: false, foreign: false });
    expect(factsOfPeople([resident, { ...passport, nationality: 'FRA' }], wednesday)).toMatchObject({
      minors: true,
      foreign: true,
    });
    expect(factsOfPeople([{ ...passport, nationality: 'CHN', plate: '京A12345' }], wednesday)).toMatchObject({
      vehicle: true,
      foreign: false,
    });
  });
});
