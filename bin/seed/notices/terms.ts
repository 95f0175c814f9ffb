import type { SeedNotice } from './notice.ts';

export const terms: SeedNotice = {
  kind: 'terms',
  title: { zh: '访客预约服务协议', en: 'Terms of the visitor service' },
  zh: `
本协议约定您使用河北科技大学访客预约服务（以下简称“本服务”）的方式。注册前请完整阅读；勾选“我已认真阅读并同意”即表示您接受本协议。

## 一、服务内容

您可以通过本服务登记个人信息、提交入校预约、查看审批进度、领取通行凭证并取消预约。提交预约不等于获准入校，入校以审批结果和有效的通行凭证为准。

## 二、账号

1. 账号以手机号登记，请使用您本人正在使用的号码。验证码只供您本人使用，请勿告诉他人，学校工作人员不会向您索要。
2. 在微信中使用时，您可以把微信与账号绑定，以便接收审批结果通知。
3. 手机号停用或转让后，请不要再用它登录；怀疑他人使用您的账号时，请联系学校信息化部门。

## 三、您的责任

1. 提供真实、准确的信息。冒用他人身份、伪造证件信息的，预约不予批准，已经发出的凭证作废。
2. 通行凭证只限本人在预约的时间和校区内使用，不得转让、出租或公开传播。
3. 入校后请遵守《访客须知》，服从门卫和安全管理人员的引导。

## 四、学校的责任

1. 在您选择的访问时间开始前作出审批决定；逾期未决定的，预约自动失效。
2. 按照《隐私政策》保护您的个人信息。
3. 因重大活动、安全管理或不可抗力需要调整入校安排时，学校可以取消预约，并通知您。

## 五、其他

本服务免费。本协议更新后，您下一次登录时会看到新的版本，同意后方可继续使用。您以前同意过的版本会保留，可以查阅。
`,
  en: `
These terms say how you may use the visitor service of Hebei University of Science and Technology ("the service"). Please read them to the end before you register; by ticking "I have read and agree" you accept them.

## 1. What the service does

You can register your details, ask to visit, follow the approval, receive a pass and cancel a visit. Asking is not yet permission: entry depends on the approval and on a valid pass.

## 2. Your account

1. An account belongs to a mobile number; use one that is yours and in use. Verification codes are for you alone. Tell them to nobody; university staff will never ask for one.
2. Inside WeChat you may bind your WeChat to the account, so that results reach you there.
3. Once you have given up a number, do not sign in with it any more. If you believe that somebody else uses your account, tell the university's IT office.

## 3. Your part

1. Give true and accurate details. A visit asked for under another person's identity or with a false document is refused, and a pass already issued is revoked.
2. A pass is for you alone, for the time and campus it names. It must not be handed on, rented out or published.
3. On campus follow the visitors' rules and the guidance of guards and security staff.

## 4. The university's part

1. It decides before the visit you asked for begins; a request that was not decided by then lapses.
2. It protects your personal information as the privacy policy says.
3. It may cancel visits for major events, for security or for reasons beyond its control, and tells you when it does.

## 5. Further

The service is free of charge. When these terms change you are shown the new version at your next sign-in and go on after agreeing. The versions you agreed to earlier are kept and can be read.
`,
};
