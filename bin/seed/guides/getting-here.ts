import type { SeedGuide } from './guide.ts';

export const gettingHere: SeedGuide = {
  kind: 'getting_here',
  title: { zh: '如何到达', en: 'How to get here' },
  zh: `
以下路线为演示内容，出发前请以地图软件的实时信息为准。

## 去哪个校门

| 校门 | 适合 |
|---|---|
| 南门 | 公交、地铁换乘，驾车来访，访问行政楼、后勤楼 |
| 东门 | 步行、网约车，访问信息楼、机械楼、经管楼 |

请以凭证上列出的校门为准。走错校门时，沿校园外侧步行，从南门到东门约15分钟。

## 地铁和公交

1. 从石家庄站乘地铁3号线到换乘站，再转公交到**裕翔街**方向，在学校南门站下车，全程约50分钟。
2. 下车后沿人行道向北走约100米，看到校训石广场就是南门。
3. 去东门的，在裕翔街站下车，向北走约150米，校门在马路西侧。

## 驾车

- 导航搜索“河北科技大学南门”。货车和大型车辆只能走南门。
- 从京港澳高速石家庄出口下，经南二环向东，约25分钟。
- 入校后第一个路口左转是访客停车场，共120个车位。只有预约时填写了车牌的车辆可以入校。

## 打车

下车点设为“南门访客通道”或“东门”。出租车和网约车不能入校，请在校门外下车。

## 从校门步行

- **南门到行政楼**：沿主路直行约200米，在路口右转，约4分钟。
- **南门到后勤楼**：进门后左转，经过停车场，约6分钟。
- **东门到信息楼**：直行约300米，在路口右转，约7分钟。
- **东门到机械楼、经管楼**：直行约150米，道路两侧就是，约3分钟。

## 无障碍

南门西侧闸机为宽通道，轮椅可以通过。从南门到行政楼、图书馆全程无台阶。需要协助的，请提前告诉被访人，或在南门值班室说明。
`,
  en: `
These directions are demo content. Check a map app before you leave.

## Which gate

| Gate | Best for |
|---|---|
| South gate | bus and metro, arriving by car, visits to the administration and logistics buildings |
| East gate | arriving on foot or by taxi, visits to the information, mechanics and economics buildings |

Only the gates named on your pass will open. If you come to the wrong one, the walk around the outside from the south gate to the east gate takes about 15 minutes.

## Metro and bus

1. From Shijiazhuang railway station take metro line 3 to the interchange, change to a bus towards **Yuxiang Street** and get off at the university's south gate, about 50 minutes in all.
2. Walk about 100 m north along the pavement; the square with the motto stone is the south gate.
3. For the east gate get off at Yuxiang Street and walk about 150 m north; the gate is on the west side of the road.

## By car

- Navigate to the south gate of Hebei University of Science and Technology. Lorries and large vehicles can only use this gate.
- Leave the G4 motorway at Shijiazhuang and follow the south second ring road to the east, about 25 minutes.
- The visitor car park with 120 spaces is on the left at the first junction. Only a vehicle whose plate is in the reservation may enter.

## By taxi

Ask for the visitors' lane of the south gate, or for the east gate. Taxis cannot enter the campus; get out before the gate.

## On foot from the gate

- **South gate to administration**: straight on for about 200 m, right at the junction, 4 minutes.
- **South gate to logistics**: left after the gate, past the car park, 6 minutes.
- **East gate to information**: straight on for about 300 m, right at the junction, 7 minutes.
- **East gate to mechanics and economics**: straight on for about 150 m, on both sides of the road, 3 minutes.

## Step-free access

The turnstile on the west of the south gate is wide enough for a wheelchair. There are no steps from the south gate to the administration building and the library. If you need help, tell your host beforehand or ask at the duty room of the south gate.
`,
};
