import type { SandboxSettings } from '../../platform/config.ts';

type Name = keyof SandboxSettings['SMS_TEMPLATES'];

/** The texts as the provider approved them, for the mainland and for everywhere else; values at `{1}`, `{2}` …. */
interface Texts {
  mainland: string;
  /** Says itself who sends it: it carries no signature. */
  abroad: string;
}
const texts: Record<Name, Texts> = {
  login: {
    mainland: '您的验证码为{1}，{2}分钟内有效。请勿告诉他人，如非本人操作请忽略。',
    abroad: 'Campus visits: your code is {1}, valid for {2} minutes. Do not share it.',
  },
  account: {
    mainland:
      '您正在办理访客账号换绑手机、解绑微信、导出或删除个人信息，验证码为{1}，{2}分钟内有效。请勿告诉他人，如非本人操作请忽略。',
    abroad:
      'Campus visits: your code to change your account, or to export or delete your data, is {1}, valid for {2} minutes. Do not share it.',
  },
  guardian: {
    mainland:
      '学校请您以监护人身份同意一名未满14周岁的孩子来访。如同意，请在孩子的来访页面填写验证码{1}，或告诉为孩子填写的人，{2}分钟内有效。不同意请勿告诉任何人。',
    abroad:
      'Campus visits: the university asks for your consent, as a guardian, to the visit of a child under 14. If you agree, enter {1} or tell it to whoever fills in the form, within {2} minutes. If not, tell nobody.',
  },
  approved: {
    mainland: '您的来访预约已通过。园区：{1}；时间：{2}；访客验证码：{3}。请打开访客首页“我的凭证”查看。',
    abroad: 'Campus visits: your visit is approved. Campus: {1}; time: {2}; visit code: {3}.',
  },
  refused: {
    mainland: '您的来访预约未通过。园区：{1}；时间：{2}；原因：{3}。可在“我的预约”中查看。',
    abroad: 'Campus visits: your visit was not approved. Campus: {1}; time: {2}; reason: {3}.',
  },
  cancelled: {
    mainland: '您的来访预约已取消。园区：{1}；时间：{2}。如需来访请重新预约。',
    abroad: 'Campus visits: your visit is cancelled. Campus: {1}; time: {2}.',
  },
  returned: {
    mainland: '您的来访预约被退回修改。园区：{1}；时间：{2}；原因：{3}。请在“我的预约”中修改后重新提交。',
    abroad: 'Campus visits: please correct your request. Campus: {1}; time: {2}; reason: {3}.',
  },
  proposed: {
    mainland: '接待部门建议您改时间来访。园区：{1}；建议时间：{2}。请在“我的预约”中答复。',
    abroad: 'Campus visits: another time is proposed. Campus: {1}; proposed time: {2}.',
  },
  changed: {
    mainland: '您的来访预约有新进展。园区：{1}；时间：{2}；{3}。请在“我的预约”中查看。',
    abroad: 'Campus visits: there is news of your visit. Campus: {1}; time: {2}; {3}.',
  },
  opened: {
    mainland: '您的访客通行凭证在另一处被打开。园区：{1}；时间：{2}。如不是您或同行人，请在“我的凭证”中处理。',
    abroad: 'Campus visits: your pass was opened elsewhere. Campus: {1}; time: {2}.',
  },
};

export const textNames = Object.keys(texts) as Name[];

/** The approved text by the id of its template. */
export function textsById(side: keyof Texts, ids: Record<Name, string> | undefined): Map<string, string> {
  return new Map(ids && textNames.map((name) => [ids[name], texts[name][side]]));
}
