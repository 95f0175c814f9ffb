import type { SeedNotice } from './notice.ts';

export const privacy: SeedNotice = {
  kind: 'privacy',
  title: { zh: '隐私政策', en: 'Privacy policy' },
  zh: `
河北科技大学（以下简称"学校"）是访客个人信息的处理者。本政策依据《中华人民共和国个人信息保护法》说明学校处理哪些信息、为什么处理、怎样保护，以及您的权利。

## 一、处理的信息和目的

| 信息 | 目的 |
|---|---|
| 手机号、短信验证码 | 登记账号，确认号码由您本人使用，通知审批结果 |
| 微信标识（openid，仅在微信中使用并绑定时） | 登录，推送审批结果 |
| 姓名、性别、单位 | 审批，门卫核对 |
| 证件类型、证件号（敏感个人信息） | 确认入校人员身份 |
| 出生日期、国籍（敏感个人信息；证件号已包含的不再询问） | 确认入校人员身份，识别须由监护人同意的未成年人 |
| 证件照片（选填，敏感个人信息） | 审批和门卫核对；访问时间结束后删除，另行同意保留的除外 |
| 人脸照片（选填，敏感个人信息，须另行单独同意） | 闸机人脸通行；访问时间结束后删除，另行同意保留的除外。不提供的，用二维码或身份证入校 |
| 车牌号（选填） | 车辆入校核对 |
| 访问校区、部门、被访人、事由、时间 | 审批，签发通行凭证 |
| 入校时间和校门 | 校园安全管理 |

处理敏感个人信息须取得您的单独同意。不提供必填信息，学校无法办理预约；选填信息不影响预约。

## 二、保存和保护

1. 上述信息保存在学校控制的服务器上，逐项加密；短信验证码和密码只保存不可还原的摘要。
2. 通行二维码只含预约编号、校区、校门和有效时间，不含姓名、证件号等个人信息。
3. 页面上的手机号和证件号默认遮盖一部分。查看完整证件号须有权限、说明理由，并留下记录。
4. 保存期限为实现上述目的所必需的最短时间，由学校按照法律法规确定。从未同意《隐私信息填写须知》的，手机号随未完成的预约删除。

## 三、提供给他人

学校不出售您的个人信息。发送短信和微信通知时，学校向短信服务商提供手机号和通知内容，向微信提供您的微信标识和通知内容。除此以外，只有法律法规要求时才会提供。

## 四、您的权利

您可以查阅、复制、更正、补充和删除自己的信息，可以撤回同意，可以要求学校解释处理规则。撤回同意不影响撤回之前的处理。行使这些权利，请联系学校信息化部门或保卫部门。

## 五、未成年人

未满十四周岁的未成年人的信息，须由父母或其他监护人同意并代为填写。

## 六、更新

本政策有重大变化时，学校会发布新的版本，并重新征得您的同意。您同意过的版本会保留，可以查阅。
`,
  en: `
Hebei University of Science and Technology ("the university") is the handler of visitors' personal information. Following the Personal Information Protection Law of the People's Republic of China, this policy says what is processed, why, how it is protected, and what your rights are.

## 1. What is processed, and for what

| Information | Purpose |
|---|---|
| mobile number, text message codes | to open your account, to make sure the number is yours, to tell you the result |
| WeChat identifier (openid; only if you use and bind WeChat) | to sign in, to send you the result |
| name, sex, organisation | for the approval, for the guard at the gate |
| document type and number (sensitive) | to confirm who enters |
| date of birth, nationality (sensitive; not asked where the number says it) | to confirm who enters, to know when a guardian has to agree |
| photo of the document (optional, sensitive) | for the approval and the guard; deleted after the visit unless you agreed to keep it |
| photo of the face (optional, sensitive, with an agreement of its own) | for gates that recognise faces; deleted after the visit unless you agreed to keep it. Without it, use the QR code or your ID card |
| number plate (optional) | to recognise a vehicle |
| campus, department, host, reason and time of the visit | for the approval, to issue the pass |
| time and gate of entry | for the safety of the campus |

Sensitive information is processed only with your separate consent. Without the required details no visit can be arranged; leaving out optional ones has no consequence.

## 2. Storage and protection

1. The information is kept on servers under the university's control, each item encrypted; of codes and passwords only digests are kept that cannot be turned back.
2. The QR code of a pass holds the number of the visit, the campus, its gates and the time, and nothing about you.
3. Pages show phone and document numbers partly covered. Seeing a full document number takes a permission and a reason, and is recorded.
4. Information is kept no longer than these purposes require, as the university determines under the law. If you never agree to the notice on personal information, your number is deleted with the unfinished request.

## 3. Passing on

The university does not sell personal information. To send messages it gives your number and the message to the text message provider, and your WeChat identifier and the message to WeChat. Otherwise information is passed on only where the law requires it.

## 4. Your rights

You may see, copy, correct, complete and delete your information, withdraw your consent, and ask how it is processed. Withdrawal does not touch what was done before. To use these rights, turn to the university's IT office or security office.

## 5. Children

Details of children under fourteen are entered by a parent or guardian, with their consent.

## 6. Changes

When this policy changes in a way that matters, a new version is published and you are asked again. The versions you agreed to are kept and can be read.
`,
};
