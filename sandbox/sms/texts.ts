import type { SandboxSettings } from '../../platform/config.ts';

type Name = keyof SandboxSettings['SMS_TEMPLATES'];

/** The texts as the provider approved them, for the mainland and for everywhere else; values at `{1}`, `{2}` …. */
interface Texts {
  /** Of codes the provider takes digits alone. */
  holds?: 'code';
  mainland: string;
  /** Says itself who sends it: it carries no signature. */
  abroad: string;
}
export const texts: Record<Name, Texts> = {
  login: {
    holds: 'code',
    mainland: '您的验证码为{1}，{2}分钟内有效。请勿告诉他人，如非本人操作请忽略。',
    abroad: 'Campus visits: your code is {1}, valid for {2} minutes. Do not share it.',
  },
  account: {
    holds: 'code',
    mainland:
      '您正在办理访客账号换绑手机、解绑微信、导出或删除个人信息，验证码为{1}，{2}分钟内有效。请勿告诉他人，如非本人操作请忽略。',
    abroad:
      'Campus visits: your code to change your account, or to export or delete your data, is {1}, valid for {2} minutes. Do not share it.',
  },
  guardian: {
    holds: 'code',
    mainland:
      '学校请您以监护人身份同意一名未满14周岁的孩子来访。如同意，请在孩子的来访页面填写验证码{1}，或告诉为孩子填写的人，{2}分钟内有效。不同意请勿告诉任何人。',
    abroad:
      'Campus visits: the university asks for your consent, as a guardian, to the visit of a child under 14. If you agree, enter {1} or tell it to whoever fills in the form, within {2} minutes. If not, tell nobody.',
  },
  approved: {
    mainland: '您到{1}的来访预约已通过，时间：{2}的{3}至{4}的{5}，访客验证码：{6}。请打开访客首页“我的凭证”查看。',
    abroad: 'Campus visits: your visit to {1} is approved, {2} at {3} to {4} at {5}. Visit code: {6}.',
  },
  refused: {
    mainland: '您到{1}的来访预约（{2}的{3}）未获批准：{4}。原因请在“我的预约”中查看。',
    abroad: 'Campus visits: your visit to {1} ({2} at {3}) was not approved: {4}. The reason is on its page.',
  },
  cancelled: {
    mainland: '您到{1}的来访预约（{2}的{3}）已取消。如需来访请重新预约。',
    abroad: 'Campus visits: your visit to {1} ({2} at {3}) is cancelled.',
  },
  returned: {
    mainland: '您到{1}的来访预约（{2}的{3}）被退回修改。请在“我的预约”中查看原因，修改后重新提交。',
    abroad: 'Campus visits: please correct your request to visit {1} ({2} at {3}). What to correct is on its page.',
  },
  proposed: {
    mainland: '接待部门建议您改时间到{1}来访，建议时间：{2}的{3}至{4}的{5}。请在“我的预约”中答复。',
    abroad: 'Campus visits: another time is proposed for your visit to {1}: {2} at {3} to {4} at {5}.',
  },
  changed: {
    mainland: '您到{1}的来访预约（{2}的{3}）有新进展：{4}。请在“我的预约”中查看。',
    abroad: 'Campus visits: there is news of your visit to {1} ({2} at {3}): {4}. See its page.',
  },
  opened: {
    mainland: '您到{1}的访客通行凭证（{2}的{3}）在另一处被打开。如不是您或同行人，请在“我的凭证”中处理。',
    abroad: 'Campus visits: your pass for {1} ({2} at {3}) was opened elsewhere.',
  },
};

export const textNames = Object.keys(texts) as Name[];

export interface ApprovedText {
  text: string;
  holdsCode: boolean;
}

/** The approved text by the id of its template. */
export function textsById(
  side: 'mainland' | 'abroad',
  ids: Record<Name, string> | undefined,
): Map<string, ApprovedText> {
  const approved = (name: Name): ApprovedText => ({
    text: texts[name][side],
    holdsCode: texts[name].holds === 'code',
  });
  return new Map(ids && textNames.map((name) => [ids[name], approved(name)]));
}
