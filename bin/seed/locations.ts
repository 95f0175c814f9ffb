/**
 * Where the demo's campus lies. Positions are for showing only: near the university in Shijiazhuang, not surveyed, and
 * the plan is a drawing of our own. WGS 84 degrees; a plan has units of its own, x to the east, y to the south.
 */

export const campusLocation = {
  address_zh: '河北省石家庄市裕华区裕翔街26号（演示数据）',
  address_en: '26 Yuxiang Street, Yuhua District, Shijiazhuang, Hebei (demo data)',
  latitude: 37.9957,
  longitude: 114.5265,
};

export const gateLocations = {
  south: {
    latitude: 37.9915,
    longitude: 114.5262,
    plan_x: 480,
    plan_y: 660,
    hint_zh: '校园正南，正对校训石广场。行人走西侧闸机，车辆走中间车道。',
    hint_en:
      'In the middle of the south side, facing the square with the motto stone. On foot use the turnstiles on the west; vehicles use the lane in the middle.',
  },
  east: {
    latitude: 37.9968,
    longitude: 114.5318,
    plan_x: 940,
    plan_y: 330,
    opens_at: '06:30',
    closes_at: '22:30',
    hint_zh: '裕翔街西侧，公交站向北约150米。只供行人和小型车辆通行。',
    hint_en:
      'On the west side of Yuxiang Street, about 150 m north of the bus stop. For people on foot and small vehicles only.',
  },
} as const;

type Points = [number, number][];
const box = (x: number, y: number, width: number, height: number): Points => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];
const shape = (kind: 'area' | 'building' | 'road', points: Points, zh?: string, en?: string) => ({
  kind,
  points,
  ...(zh && { name_zh: zh, name_en: en }),
});

export const campusPlan = [
  shape('area', box(60, 40, 880, 620)),
  shape('area', box(90, 70, 230, 160), '体育场', 'Sports ground'),
  shape(
    'area',
    [
      [420, 290],
      [560, 280],
      [580, 360],
      [430, 380],
    ],
    '静湖',
    'Lake',
  ),
  shape('area', box(290, 550, 160, 70), '访客停车场', 'Parking'),
  shape('road', [
    [480, 660],
    [480, 430],
    [380, 430],
    [380, 250],
    [620, 250],
    [620, 430],
    [480, 430],
  ]),
  shape('road', [
    [940, 330],
    [620, 330],
  ]),
  shape('road', [
    [380, 250],
    [380, 60],
  ]),
  shape('road', [
    [620, 430],
    [760, 430],
    [760, 600],
  ]),
  shape('building', box(410, 90, 180, 110), '图书馆', 'Library'),
  shape('building', box(640, 90, 200, 90), '信息楼', 'Information'),
  shape('building', box(660, 210, 160, 80), '机械楼', 'Mechanics'),
  shape('building', box(660, 360, 170, 50), '经管楼', 'Economics'),
  shape('building', box(520, 470, 190, 80), '行政楼', 'Administration'),
  shape('building', box(180, 300, 170, 80), '会议中心', 'Conference'),
  shape('building', box(120, 430, 180, 90), '第一食堂', 'Canteen 1'),
  shape('building', box(800, 460, 110, 80), '第二食堂', 'Canteen 2'),
  shape('building', box(110, 560, 160, 60), '后勤楼', 'Logistics'),
];

/** Where a building stands on the plan, by its Chinese name; others are not drawn. */
export const buildingPoints: Record<string, { plan_x: number; plan_y: number }> = {
  信息楼: { plan_x: 740, plan_y: 135 },
  机械楼: { plan_x: 740, plan_y: 250 },
  经管楼: { plan_x: 745, plan_y: 385 },
  行政楼: { plan_x: 615, plan_y: 510 },
  后勤楼: { plan_x: 190, plan_y: 590 },
  图书馆: { plan_x: 500, plan_y: 145 },
};
