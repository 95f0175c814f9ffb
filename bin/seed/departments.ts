/** The demo's departments as a tree: what only groups others does not receive. */

export interface SeedDepartment {
  key: string;
  name_zh: string;
  name_en: string;
  /** Left out: it only groups those below it. */
  building?: [zh: string, en: string];
  gate?: 'south' | 'east';
  below?: SeedDepartment[];
}

const one = (
  key: string,
  name_zh: string,
  name_en: string,
  building: [zh: string, en: string],
  gate: 'south' | 'east',
  below: SeedDepartment[] = [],
): SeedDepartment => ({ key, name_zh, name_en, building, gate, below });
const group = (key: string, name_zh: string, name_en: string, below: SeedDepartment[]): SeedDepartment => ({
  key,
  name_zh,
  name_en,
  below,
});

const information: [string, string] = ['信息楼', 'Information building'];
const engineering: [string, string] = ['工程楼', 'Engineering building'];
const mechanics: [string, string] = ['机械楼', 'Mechanics building'];
const economics: [string, string] = ['经管楼', 'Economics building'];
const chemistry: [string, string] = ['化工楼', 'Chemistry building'];
const humanities: [string, string] = ['文科楼', 'Humanities building'];
const arts: [string, string] = ['艺术楼', 'Arts building'];
const offices: [string, string] = ['行政楼', 'Administration building'];

export const departmentTree: SeedDepartment[] = [
  group('schools', '学院', 'Schools', [
    one('information', '信息科学与工程学院', 'School of Information Science and Engineering', information, 'east', [
      one('computing', '计算机系', 'Department of Computing', information, 'east'),
      one('communication', '通信工程系', 'Department of Communication Engineering', information, 'east'),
    ]),
    one('mechanics', '机械工程学院', 'School of Mechanical Engineering', mechanics, 'east'),
    one('economics', '经济管理学院', 'School of Economics and Management', economics, 'east'),
    one('materials', '材料科学与工程学院', 'School of Materials Science and Engineering', engineering, 'east'),
    one('electrics', '电气工程学院', 'School of Electrical Engineering', engineering, 'east'),
    one('chemistry', '化学与制药工程学院', 'School of Chemical and Pharmaceutical Engineering', chemistry, 'east'),
    one('biology', '生物科学与工程学院', 'School of Bioscience and Bioengineering', chemistry, 'east'),
    one('textiles', '纺织服装学院', 'School of Textile and Garment', arts, 'east'),
    one('environment', '环境科学与工程学院', 'School of Environmental Science and Engineering', chemistry, 'east'),
    one('building', '建筑工程学院', 'School of Civil Engineering', engineering, 'east'),
    one('law', '文法学院', 'School of Humanities and Law', humanities, 'south'),
    one('languages', '外国语学院', 'School of Foreign Languages', humanities, 'south'),
    one('science', '理学院', 'School of Sciences', information, 'east'),
    one('film', '影视学院', 'School of Film and Television', arts, 'east'),
    one('design', '艺术设计学院', 'School of Art and Design', arts, 'east'),
  ]),
  group('offices', '机关部处', 'Offices', [
    one('president', '党政办公室', 'President’s office', offices, 'south'),
    one('teaching', '教务处', 'Academic affairs office', offices, 'south'),
    one('research', '科学技术处', 'Research office', offices, 'south'),
    one('students', '学生处', 'Student affairs office', offices, 'south'),
    one('admission', '招生就业处', 'Admission and careers office', offices, 'south'),
    one('staffing', '人事处', 'Personnel office', offices, 'south'),
    one('finance', '财务处', 'Finance office', offices, 'south'),
    one('international', '国际合作与交流处', 'Office of International Cooperation', offices, 'south'),
    one('logistics', '后勤管理处', 'Logistics office', ['后勤楼', 'Logistics building'], 'south'),
    one('security', '保卫处', 'Security office', ['南门值班楼', 'South gate house'], 'south'),
  ]),
  group('institutions', '直属单位', 'Institutions', [
    one('library', '图书馆', 'Library', ['图书馆', 'Library'], 'south'),
    one('computing_centre', '信息化建设与管理中心', 'Information technology centre', information, 'east'),
    one('hospital', '校医院', 'Campus hospital', ['校医院', 'Campus hospital'], 'east'),
    one('archive', '档案馆', 'Archive', offices, 'south'),
  ]),
];

/** Every department of the tree that receives, parents before what is below them. */
export const receivingKeys = (tree: SeedDepartment[] = departmentTree): string[] =>
  tree.flatMap(({ key, building, below }) => [...(building ? [key] : []), ...receivingKeys(below ?? [])]);

/** Hosts who can be asked for by their whole name. Made up; other names are accepted too and match no host. */
export const hosts: Record<string, string[]> = {
  information: ['王建国', '赵敏', '李思远'],
  computing: ['孙立群'],
  mechanics: ['周文博'],
  economics: ['吴静怡'],
  international: ['郑晓彤', 'Anna Müller'],
  logistics: ['冯大勇'],
  library: ['陈若兰'],
};

/** Offered by one department only; the others' list is in content.ts. */
export const ownReasons: { department: string; name_zh: string; name_en: string }[] = [
  { department: 'library', name_zh: '借阅查档', name_en: 'Reading or archives' },
  { department: 'admission', name_zh: '招聘宣讲', name_en: 'Recruiting event' },
  { department: 'admission', name_zh: '招生咨询', name_en: 'Admission enquiry' },
  { department: 'hospital', name_zh: '就诊陪护', name_en: 'Treatment or care' },
];
