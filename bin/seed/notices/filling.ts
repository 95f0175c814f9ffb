import type { SeedNotice } from './notice.ts';

export const filling: SeedNotice = {
  kind: 'filling',
  title: { zh: '隐私信息填写须知', en: 'Before you enter personal information' },
  zh: `
为办理入校预约，学校需要处理您的以下个人信息：

- **姓名、性别、手机号、单位**：供被访部门审批，并在需要时与您联系；
- **证件类型、证件号、出生日期和国籍**：属于敏感个人信息，仅用于确认入校人员的身份，身份证号已包含的不再询问；
- **证件照片**（选填）：属于敏感个人信息，供审批和门卫核对，访问时间结束后删除；
- **车牌号**（选填）：供车辆入校时核对；
- **入校记录**（时间、校门）：用于校园安全管理。

证件号加密保存，页面上只显示其中一部分。审批人只能看到提交给本部门的预约。上述信息不用于其他用途。人脸照片不在此列：它完全自愿，须另行单独同意。

处理未满十四周岁未成年人的信息，须由父母或其他监护人阅读本须知并同意后代为填写。填写同行访客的信息前，请先取得本人同意；同行访客也可以用自己的手机填写并同意。

您可以选择不同意。不同意时不能继续预约，您填写的内容不会保存，登记的手机号随未完成的预约一并删除。

完整说明见《隐私政策》。
`,
  en: `
To arrange your visit the university needs to process the following personal information:

- **name, sex, mobile number, organisation**: so that the department you visit can decide, and can reach you if it must;
- **type and number of your identity document, date of birth and nationality**: sensitive personal information, used only to confirm who enters; what a number says is not asked again;
- **photo of the document** (optional): sensitive personal information, for the approval and the guard, deleted when the time of your visit is over;
- **number plate** (optional): to recognise a vehicle that enters;
- **entries** (time and gate): for the safety of the campus.

Document numbers are stored encrypted and pages show only a part of them. Approvers see only the visits asked of their own department. The information is used for nothing else. A photo of your face is no part of this: it is your choice, and has an agreement of its own.

Details of a child under fourteen may be entered only by a parent or guardian who has read this notice and agrees. Before you enter details of a companion, ask them; companions may also enter their details and agree on a phone of their own.

You may disagree. You then cannot go on, nothing you typed is stored, and your number is deleted together with the unfinished request.

The privacy policy has the whole text.
`,
};
