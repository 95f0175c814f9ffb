import type { SeedGuide } from './guide.ts';

export const dining: SeedGuide = {
  kind: 'dining',
  title: { zh: '食堂餐饮', en: 'Eating on campus' },
  zh: `
访客可以在下列食堂用餐。时间和价格为演示内容，寒暑假以现场公告为准。

## 供餐时间

| 食堂 | 早餐 | 午餐 | 晚餐 |
|---|---|---|---|
| 第一食堂一层 | 6:30–8:30 | 11:00–13:00 | 17:00–19:00 |
| 第一食堂二层（清真） | 6:30–8:30 | 11:00–13:00 | 17:00–19:00 |
| 第二食堂 | 7:00–9:00 | 11:00–13:30 | 17:00–19:30 |

11:40到12:20是下课用餐高峰，建议错开。

## 付款

- 各窗口都可以用微信、支付宝扫码付款；第一食堂一层东侧窗口收现金。
- 校园卡只供师生使用。部门接待用餐，由被访部门提前订餐，凭餐券取餐。
- 普通套餐每份12元到20元。

## 饮食需要

- **清真**：第一食堂二层，餐具单独清洗。
- **素食**：第二食堂3号窗口，素食标有绿色叶片。
- **过敏**：菜牌写明花生、牛奶、鸡蛋、麸质等常见过敏原；不清楚的，请先问窗口工作人员。
- **婴幼儿**：第二食堂一层备有儿童椅，服务台可以热饭。

## 咖啡、饮水和便利店

- 图书馆一层咖啡厅：8:30–21:00。
- 各教学楼每层设有饮水机，请自带水杯。
- 第一食堂南侧便利店：7:00–22:00。

用餐后请把餐盘送到回收处。食堂内禁止吸烟和饮酒。
`,
  en: `
Visitors are welcome in these canteens. Times and prices are demo content; during the holidays look at the notices on the spot.

## Opening hours

| Canteen | Breakfast | Lunch | Dinner |
|---|---|---|---|
| Canteen 1, ground floor | 6:30–8:30 | 11:00–13:00 | 17:00–19:00 |
| Canteen 1, upper floor (halal) | 6:30–8:30 | 11:00–13:00 | 17:00–19:00 |
| Canteen 2 | 7:00–9:00 | 11:00–13:30 | 17:00–19:30 |

It is busiest from 11:40 to 12:20, when classes end.

## Paying

- Every counter takes WeChat Pay and Alipay. The counters on the east side of Canteen 1, ground floor, take cash.
- The campus card is for staff and students. If a department invites you, it orders the meal beforehand and gives you a voucher.
- A simple meal costs 12 to 20 yuan.

## What you can eat

- **Halal**: Canteen 1, upper floor, with dishes washed separately.
- **Vegetarian**: counter 3 in Canteen 2; a green leaf marks the dishes.
- **Allergies**: the signs name peanuts, milk, eggs, gluten and other common allergens. If in doubt, ask at the counter first.
- **Small children**: Canteen 2 has high chairs on the ground floor, and the service desk will warm up food.

## Coffee, water and shop

- Café on the ground floor of the library: 8:30–21:00.
- There are water dispensers on every floor of the teaching buildings. Please bring a bottle.
- Shop on the south side of Canteen 1: 7:00–22:00.

Please take your tray back after the meal. No smoking or alcohol in the canteens.
`,
};
