import type { SeedNotice } from './notice.ts';

export const privacy: SeedNotice = {
  kind: 'privacy',
  title: { zh: '隐私政策', en: 'Privacy policy' },
  zh: `
河北科技大学（以下简称“学校”）是访客个人信息的处理者。本政策依据《中华人民共和国个人信息保护法》说明学校处理哪些信息、为什么处理、怎样保护，以及您的权利。

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
| 同行访客的上述信息 | 办理同行访客的预约和凭证 |
| 未满十四周岁者的监护人姓名、手机号 | 取得并证明监护人的同意 |
| 车牌号（选填） | 车辆入校核对 |
| 车辆缴费的金额、时间、方式和微信支付单号（仅在需要缴费时） | 放行车辆，退还多付的费用，学校记账 |
| 访问校区、部门、被访人、事由、时间 | 审批，签发通行凭证 |
| 入校时间和校门 | 校园安全管理 |

处理敏感个人信息须取得您的单独同意，人脸照片另行征得同意，默认不收集。不提供必填信息，学校无法办理预约；选填信息不影响预约。

## 二、保存和保护

1. 上述信息保存在学校控制的服务器上，逐项加密；短信验证码和密码只保存不可还原的摘要。
2. 通行二维码只含预约编号、校区、校门和有效时间，不含姓名、证件号等个人信息。
3. 页面上的手机号和证件号默认遮盖一部分。查看完整证件号须有权限、说明理由，并留下记录。
4. 照片在保存前重新编码，去除拍摄地点等附带信息，加密保存，只有您本人和需要核对的工作人员可以查看。
5. 门卫设备上的信息另行加密，访问时间结束后删除。

## 三、保存期限

| 信息 | 期限 |
|---|---|
| 从未同意《隐私信息填写须知》时登记的手机号 | 随未完成的预约删除 |
| 证件照片、人脸照片 | 访问时间结束后删除；另行同意“下次继续使用”的，保存到您撤回同意或删除账号 |
| 预约和同行访客 | 访问结束后180天 |
| 进出校门记录 | 185天（法律要求至少六个月），不含姓名 |
| 已支付的车辆费用和退款 | 自当年年末起三十年（会计凭证的法定保管期限），不含姓名 |
| 账号和个人信息 | 到您删除账号为止 |
| 同意记录、操作和安全审计记录 | 三年，其中只有编号，没有姓名和证件号 |

期限届满，由系统自动删除。法律、行政法规另有规定的，从其规定。

## 四、提供给他人

学校不出售您的个人信息。发送短信和微信通知时，学校向短信服务商提供手机号和通知内容，向微信提供您的微信标识和通知内容。用微信支付车辆费用时，学校向微信支付提供金额、单号和所付款项的名称，在微信内还提供您的微信标识，在手机浏览器中还提供您的网络地址。除此以外，只有法律法规要求时才会提供。

## 五、您的权利

您可以查阅、复制、更正、补充和删除自己的信息，可以撤回同意，可以要求学校解释处理规则。登录后在“我的数据”中可以看到保存了什么、为什么保存、谁查看过，可以导出副本、撤回各项同意、删除照片或账号。撤回同意不影响撤回之前的处理。不能自行办理的，请联系学校信息化部门或保卫部门。

## 六、同行访客和未成年人

同行访客由本人填写信息并同意；没有手机的，由预约人征得本人同意后代为填写和声明，系统记录这一声明。预约人不能查看或修改同行访客自己账号中的信息。

未满十四周岁的未成年人的信息，须由父母或其他监护人用自己的手机号收取验证码后同意，适用专门的处理规则。

## 七、更新

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
| the same details of companions | to arrange their visit and their passes |
| name and phone of the guardian of a child under fourteen | to obtain and prove the guardian's consent |
| number plate (optional) | to recognise a vehicle |
| amount, time, way and WeChat Pay's number of a vehicle fee (only where one is due) | to let the vehicle in, to give back what is beyond the fee, to keep the university's books |
| campus, department, host, reason and time of the visit | for the approval, to issue the pass |
| time and gate of entry | for the safety of the campus |

Sensitive information is processed only with your separate consent; a photograph of the face needs a consent of its own and is not collected unless you give it. Without the required details no visit can be arranged; leaving out optional ones has no consequence.

## 2. Storage and protection

1. The information is kept on servers under the university's control, each item encrypted; of codes and passwords only digests are kept that cannot be turned back.
2. The QR code of a pass holds the number of the visit, the campus, its gates and the time, and nothing about you.
3. Pages show phone and document numbers partly covered. Seeing a full document number takes a permission and a reason, and is recorded.
4. Photographs are encoded anew before they are stored, so that the place where they were taken and the like is gone; they are encrypted and shown only to you and to staff who have to compare them.
5. What a gate's device holds is encrypted separately and deleted after the time of the visit.

## 3. How long it is kept

| Information | Until |
|---|---|
| number registered by somebody who never agrees to the notice on personal information | deleted with the unfinished request |
| photographs of document and face | the visit's time is over; if you agreed separately to "keep for next time", until you withdraw that or delete your account |
| visits and companions | 180 days after the visit |
| entries at gates | 185 days (the law asks for six months at least), without a name |
| vehicle fees that were paid and refunded | thirty years from the end of the year (what the law asks of vouchers), without a name |
| account and personal details | you delete your account |
| records of consent, of actions and for security | three years; they hold numbers of records, no names and no document numbers |

What has outlived its time is deleted automatically, unless a law requires otherwise.

## 4. Passing on

The university does not sell personal information. To send messages it gives your number and the message to the text message provider, and your WeChat identifier and the message to WeChat. Where you pay a vehicle fee by WeChat Pay, it gives WeChat Pay the amount, the number of the order and what it is for, inside WeChat also your WeChat identifier, from a phone's browser also your network address. Otherwise information is passed on only where the law requires it.

## 5. Your rights

You may see, copy, correct, complete and delete your information, withdraw your consent, and ask how it is processed. After signing in, "My data" shows what is kept, why, and who looked at it; there you can export a copy, withdraw each consent, and delete photographs or your account. Withdrawal does not touch what was done before. For what you cannot do yourself, turn to the university's IT office or security office.

## 6. Companions and children

Companions enter their own details and agree for themselves. For somebody without a phone the person who reserves asks them first, then enters their details and declares their consent, which is recorded as such. Whoever reserves can neither see nor change what companions keep in accounts of their own.

Details of children under fourteen need the consent of a parent or guardian, given with a code sent to the guardian's own phone. Rules of their own apply to them.

## 7. Changes

When this policy changes in a way that matters, a new version is published and you are asked again. The versions you agreed to are kept and can be read.
`,
};
