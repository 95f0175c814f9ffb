import type { SeedNotice } from './notice.ts';

export const companion: SeedNotice = {
  kind: 'companion',
  title: { zh: '同行访客信息填写须知', en: 'Before you enter details of a companion' },
  zh: `
为同行访客办理入校预约，学校需要处理该同行人的姓名、性别、证件类型和证件号（敏感个人信息），以及您填写的手机号和单位。用途与《隐私信息填写须知》相同：审批、签发通行凭证、入校时核对身份。

## 优先由本人填写

同行人有手机的，请使用“邀请本人填写”：同行人用自己的手机号验证、阅读须知、填写资料。您只能看到姓名、遮盖的手机号和是否就绪，看不到证件号。

## 由您代为填写时

只有在同行人没有手机或确实无法自行填写时，您才可以代为填写。代填之前，请向同行人说明以下内容并取得其同意：

- 填写哪些信息、用于什么，以及证件号属于敏感个人信息；
- 信息提交给学校，被访部门的审批人和门卫会看到；
- 同行人可以随时要求查阅、更正、删除，也可以撤回同意；撤回后不能再凭该预约入校。

勾选“本人已征得其同意”，即声明您已经取得同行人的同意。学校会记录这一声明、您看到的须知版本和时间。不实声明的责任由声明人承担。

未满十四周岁的同行人，还须由其父母或其他监护人用自己的手机号验证并同意。
`,
  en: `
To arrange a companion's visit the university processes the companion's name, sex, type and number of the identity document (sensitive personal information), and the mobile number and organisation if you enter them. The purposes are those of the notice on personal information: the approval, the pass, and the check of who enters.

## Preferably by the companion

If the companion has a phone, please use "invite them to fill it in": they verify their own number, read the notice and enter their own details. You see their name, a covered number and whether they are ready, and never the document.

## When you enter the details

Enter somebody's details only if they have no phone or really cannot do it themselves. Before you do, tell them the following and ask for their consent:

- which details are entered and for what, and that a document number is sensitive personal information;
- the details go to the university; the approver of the department and the guards at the gate see them;
- they may at any time ask to see, correct or delete them, and may withdraw their consent; after that they cannot enter on this visit.

By ticking "I have their consent" you declare that you obtained it. The university records this declaration, the version of this notice and the time. Whoever declares something untrue answers for it.

For a companion under fourteen a parent or guardian must also verify their own number and agree.
`,
};
