import type { PolicyStep } from '../../../domain/policy.ts';
import type { StaffRole } from '../../../domain/staff-role.ts';
import { hashEnrolmentCode } from '../../../platform/enrolment-seal.ts';
import { generateGatePair } from '../../../platform/key-making.ts';
import { askEnrolment } from '../../../store/gates/enrolment-code.ts';
import { aDocument, aWaitingVisit, staffAt } from '../../../testing/bad-input/ground.ts';
import { aPolicy } from '../../../testing/policies.ts';
import type { System } from '../../../testing/system.ts';
import { until } from '../../../testing/until.ts';
import { VisitorBrowser } from '../../../testing/visitor-browser.ts';
import type { MakeGround } from '../entry.ts';
import { answered, settled } from './visits.ts';

/** What an office looks after. */

export const dataAskedFor: MakeGround = async (system) => {
  const { agent } = new VisitorBrowser(system);
  const asked = { kind: 'deletion', name: '欧阳小满', document_number: aDocument(), text: '' };
  await agent.post('/held-by-others/requests').type('form').send(asked).expect(303);
  return { agent: (await staffAt(system, 'admin', '/')).agent, path: '/admin/data-requests' };
};
const departmentNamed = async ({ owner }: System, name_zh: string): Promise<string> =>
  (await owner('department').where({ name_zh }).first('id')).id;
const admin = async (system: System) => (await staffAt(system, 'admin', '/')).agent;
const signedBy = (...roles: StaffRole[]) => roles.map((role) => ({ signers: [{ role }], need: 1 })) as PolicyStep[];

/** A box waits under this code. */
export const boxAsks =
  (code: string): MakeGround =>
  async (system) => {
    const { identity, sealing } = generateGatePair();
    const [identityKey, sealingKey] = [identity, sealing].map((one) => Buffer.from(one.public, 'base64')) as [
      Buffer,
      Buffer,
    ];
    await askEnrolment(system.db, hashEnrolmentCode(code), { identityKey, sealingKey });
    const { id } = await system.owner('campus').first('id');
    return { agent: await admin(system), path: `/admin/content/enrolments/new?campus=${id}` };
  };

/** A policy that a department has for itself. */
export const policyOfDepartment: MakeGround = async (system) => {
  const scope = { department: await departmentNamed(system, '机械工程学院'), channel: null };
  await aPolicy(system.owner, { steps: signedBy('approver'), once: true }, scope);
  const { id } = await system.owner('approval_policy').where({ department_id: scope.department }).first('id');
  return { agent: await admin(system), path: `/admin/policies/${id}` };
};
/** The department of the visits has a policy while something is asked there. */
async function whilePolicy<Result>(system: System, steps: PolicyStep[], ask: () => Promise<Result>): Promise<Result> {
  const scope = { department: await departmentNamed(system, '信息科学与工程学院'), channel: null };
  await aPolicy(system.owner, { steps, once: true }, scope);
  const result = await ask();
  await aPolicy(system.owner, null, scope);
  return result;
}
/** A visit that waits by a version of its policy that is not the newest. */
export const visitOfOlderVersion: MakeGround = async (system) => {
  const department = await departmentNamed(system, '信息科学与工程学院');
  await whilePolicy(system, signedBy('approver'), async () => aWaitingVisit(system, await settled(system)));
  await aPolicy(system.owner, { steps: signedBy('approver'), once: false }, { department, channel: null });
  const { id } = await system.owner('approval_policy').where({ department_id: department }).first('id');
  return { agent: await admin(system), path: `/admin/policies/${id}/visits` };
};
/** The security desk's task behind a step that an approver has signed. */
export const secondStep: MakeGround = async (system) => {
  const visit = await whilePolicy(system, signedBy('approver', 'security'), async () => {
    const visitor = await settled(system);
    return { visitor, ...(await aWaitingVisit(system, visitor)) };
  });
  await answered('decision', { verdict: 'approved' })(system, visit);
  const task = await until(
    () => system.owner('task').where({ reservation_id: visit.reservation, step: 1, status: 'open' }).first('id'),
    'the second step',
  );
  return { agent: (await staffAt(system, 'security', '/')).agent, path: `/inbox/${task.id}` };
};
export const withDirectoryToken: MakeGround = async (system) => {
  const { agent, send } = await staffAt(system, 'admin', '/admin/staff/scim');
  await send({ label: 'directory' });
  return { agent, path: '/admin/staff/scim' };
};
