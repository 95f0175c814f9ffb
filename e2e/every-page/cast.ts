/** What the world's people are called, and what they typed. All people are made up. */
export interface Cast {
  visitor: string;
  /** Brings the visitor along, and says that the old phone is lost. */
  lead: string;
  stranger: string;
  grandmother: string;
  child: string;
  invited: string;
  /** Their name in WeChat. */
  nickname: string;
  unit: string;
  note: string;
}

/** For tests: Chinese text on an English page is then the product's own mistake. */
export const latinCast: Cast = {
  visitor: 'Ann Example',
  lead: 'Bob Example',
  stranger: 'Sam Example',
  nickname: 'Wei',

  grandmother: 'Grace Example',
  child: 'Tim Example',
  invited: 'Ian Example',

  unit: 'Example Ltd',
  note: 'Two samples in a box',
};

/** For pictures. */
export const chineseCast: Cast = {
  visitor: '林小满',
  lead: '周明哲',
  stranger: '沈若兰',
  nickname: '小满',

  grandmother: '林奶奶',
  child: '林朵朵',
  invited: '许静怡',

  unit: '石家庄市第二实验中学',
  note: '带两箱样品',
};
