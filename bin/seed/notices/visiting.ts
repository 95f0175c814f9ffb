import type { SeedNotice } from './notice.ts';

export const visiting: SeedNotice = {
  kind: 'visiting',
  title: { zh: '访客须知', en: 'Rules for visitors' },
  zh: `
## 来访之前

1. 至少提前三十分钟提交预约，并选择正确的校区和被访部门。
2. 个人来访请填写被访人全名，并事先与被访人约定。
3. 同行访客各用自己的证件和凭证。没有手机的，可以由预约人代为填写，并打印凭证。
4. 未满十四周岁的，须由监护人同意，并由成年人陪同入校。
5. 审批通过后您会收到访客验证码，凭它打开通行凭证；登录后也可以在首页的“我的凭证”中查看。

## 入校时

1. 请在预约的时间内到达凭证上列出的校门，出示**实时刷新**的二维码。截图会失效；打印的凭证须同时出示证件。
2. 手机没有网络或电量时，可向门卫报入校码，并出示登记的证件。
3. 请携带登记时使用的证件原件，以备核对。
4. 二维码不能通过时，屏幕会说明原因，请按提示处理或到值班室求助。

## 在校期间

1. 请在预约的时间和事由内活动，服从门卫和安全管理人员的引导。
2. 校内车辆限速行驶，在划定的车位停放，不得占用消防通道。
3. 未经许可请勿进入教学、实验和宿舍楼，请勿影响教学秩序。
4. 校园内禁止吸烟、燃放烟花爆竹和携带危险物品。
5. 请在预约结束前离校，需要延长的，在结束前到“我的预约”中申请。行程有变请及时修改或取消预约，把名额留给他人。

## 紧急情况

人身安全紧急情况请拨打 110、119 或 120，并告知就近的门卫。
`,
  en: `
## Before you come

1. Ask at least thirty minutes ahead, and choose the right campus and department.
2. For a personal visit give your host's full name, and agree the visit with your host first.
3. Companions bring a document and a pass of their own. For somebody without a phone, whoever reserves fills in the details and prints the pass.
4. Children under fourteen need the consent of a guardian and come with an adult.
5. After the approval you receive a visitor code that opens your pass; signed in, you also find the pass on the home page.

## At the gate

1. Arrive within your time at a gate that your pass names, and show the QR code **as it renews itself**. A screenshot stops working; with a pass on paper show your document too.
2. Without network or battery, tell the guard your gate code and show the document you registered.
3. Bring the original of that document; it may be compared.
4. If the code is not accepted the screen says why. Do what it says, or ask at the duty room.

## On campus

1. Stay within the time and the reason of your visit, and follow the guidance of guards and security staff.
2. Drive slowly, park in marked places and keep fire lanes free.
3. Do not enter teaching buildings, laboratories or dormitories without permission, and do not disturb classes.
4. Smoking, fireworks and dangerous goods are forbidden.
5. Leave before your time ends; if you need longer, ask under "My reservations" before it is over. If plans change, change or cancel the visit in good time and leave the place to others.

## In an emergency

Call 110 (police), 119 (fire) or 120 (ambulance), and tell the nearest guard.
`,
};
