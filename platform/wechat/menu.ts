/** The official account's menu: at most three entries, their names within WeChat's limits. */

export type MenuEntry = { name: string } & ({ type: 'view'; url: string } | { type: 'click'; key: string });

/** The entry that a callback answers with a text. */
export const helpKey = 'help';

/** 访客预约 as in the guide, the pass within one tap for a visitor at a gate, and help. @param site PUBLIC_URL */
export const visitorMenu = (site: string): MenuEntry[] => [
  { type: 'view', name: '访客预约', url: `${site}/wechat/oauth` },
  { type: 'view', name: '我的凭证', url: `${site}/wechat/oauth?return=%2Fpasses` },
  { type: 'click', name: '使用帮助', key: helpKey },
];
