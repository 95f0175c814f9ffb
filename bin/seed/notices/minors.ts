import type { SeedNotice } from './notice.ts';

export const minors: SeedNotice = {
  kind: 'minors',
  title: { zh: '未满十四周岁未成年人信息处理规则', en: 'Rules for the details of children under fourteen' },
  zh: `
未满十四周岁未成年人的个人信息属于敏感个人信息。依据《中华人民共和国个人信息保护法》第三十一条，处理这些信息须取得其父母或其他监护人的同意。

## 处理哪些信息

- **孩子**：姓名、性别、证件类型和证件号、出生日期，以及入校的时间和校门；
- **监护人**：姓名和手机号，用于确认同意由监护人本人作出，并在需要时联系。

## 用途

仅用于审批本次及以后的入校预约、签发通行凭证、入校时核对身份和校园安全。不用于其他用途，不向他人提供，不用于自动化推荐。

## 怎样保护

上述信息逐项加密保存，页面上默认遮盖。审批人会看到该访客未满十四周岁、监护人已经同意。请由成年人陪同孩子入校。

## 监护人的权利

您可以随时查阅、复制、更正、删除孩子的信息，也可以撤回同意。撤回后，孩子不能再凭预约入校；撤回不影响之前的处理。

您用自己的手机号收到验证码并在页面上填写，即表示您是孩子的父母或其他监护人，已经阅读本规则并同意。
`,
  en: `
The details of a child under fourteen are sensitive personal information. Under Article 31 of the Personal Information Protection Law of the People's Republic of China they may be processed only with the consent of a parent or other guardian.

## Which details

- **of the child**: name, sex, type and number of the identity document, date of birth, and time and gate of each entry;
- **of the guardian**: name and mobile number, to make sure that the consent is the guardian's own, and to reach them if need be.

## For what

Only to decide about this and later visits, to issue the pass, to check who enters, and for the safety of the campus. For nothing else; they are not passed on and not used for recommendations.

## How they are protected

Each item is stored encrypted and covered on pages. The approver sees that this visitor is under fourteen and that a guardian agreed. Please let an adult accompany the child.

## The guardian's rights

You may at any time see, copy, correct or delete the child's details and withdraw your consent. The child then cannot enter on a visit any more; what was done before is not affected.

By receiving a code on your own number and entering it on the page you say that you are the child's parent or guardian, that you have read these rules, and that you agree.
`,
};
