import type { SeedGuide } from './guide.ts';

export const mustRead: SeedGuide = {
  kind: 'must_read',
  title: { zh: '来访必读', en: 'Read before you come' },
  zh: `
## 出发前

- 核对凭证上的**校区、校门和时间**，只能在这段时间内从所列校门入校。
- 带好登记时使用的证件原件。
- 手机充好电，提前记下凭证上的**入校码**。没有网络时，向门卫报入校码并出示证件。
- 同行访客各自出示自己的凭证；没有手机的，请提前打印。

## 入校

1. 把手机屏幕调亮，打开凭证，二维码对准闸机的扫码口，距离约10厘米。
2. 提示“请通行”后进入，一次只过一人。
3. 驾车来访的，请在车道前停稳，由驾驶人出示二维码；车牌须与预约一致。
4. 未能通过时，屏幕会写明原因和办法，请先看提示，再找门卫。

截图不能入校。请打开页面，出示会动的二维码。

## 校内

- 请直接前往被访部门，先与被访人会合。
- 机动车限速每小时30公里，停在访客停车场或划线车位。
- 校园内禁止吸烟。教学楼、实验楼内请保持安静，未经许可不要拍摄课堂和实验设备。
- 不要携带易燃、易爆、管制物品。无人机起飞须事先获得保卫处批准。

## 离校

请在凭证所列时间结束前离校。需要多留一会儿的，请在结束前到“我的预约”里申请延长。

## 求助

| 情况 | 办法 |
|---|---|
| 找不到被访人 | 先联系被访人，再找部门值班室 |
| 凭证打不开 | 登录后查看“我的凭证”，或向门卫报入校码并出示证件 |
| 物品遗失 | 到南门值班室登记 |
| 急救、火警、报警 | 拨打120、119、110，并告诉就近的门卫 |
`,
  en: `
## Before you leave

- Check the **campus, gates and time** on your pass: you can enter only then, and only at the gates it names.
- Bring the document you registered with, not a copy.
- Charge your phone and note the **gate code** on your pass. Without a network, tell it to the guard and show your document.
- Everybody in your party shows a pass of their own. Print it beforehand for anyone without a phone.

## Entering

1. Turn up the brightness, open the pass and hold the code about 10 cm from the reader.
2. Walk through once the screen says so, one person at a time.
3. Drivers stop at the barrier and show their own code; the number plate must be the one in the reservation.
4. If you are not let through, the screen says why and what to do. Read it first, then ask the guard.

A screenshot does not open the gate. Open the page and show the moving code.

## On campus

- Go straight to the department you visit and meet your host first.
- Drive at 30 km/h at most and park in the visitor car park or in a marked space.
- Smoking is not allowed anywhere on campus. Keep quiet in teaching and laboratory buildings, and do not photograph classes or equipment without permission.
- Bring nothing flammable, explosive or otherwise prohibited. Drones need permission from the security office beforehand.

## Leaving

Please leave before the time on your pass ends. If you need longer, ask for an extension in "My reservations" before it is over.

## If you need help

| What happened | What to do |
|---|---|
| You cannot find your host | Call your host first, then ask at the department's duty room |
| The pass does not open | Sign in and look under "My pass", or tell the guard your gate code and show your document |
| You lost something | Report it at the duty room of the south gate |
| Ambulance, fire, police | Call 120, 119 or 110 and tell the nearest guard |
`,
};
