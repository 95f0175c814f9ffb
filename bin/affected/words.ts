import type { Figure, Touch } from '../../store/incidents/touched.ts';

/** The words of the list: on the screen in English, in the file for the office in Chinese and English. */

export const touchWords: Record<Touch, { zh: string; en: string }> = {
  told_to_gate: {
    zh: '校门设备中的姓名、车牌、来访时段、入校码校验值和证件号后六位校验值',
    en: 'name, plate, times, and what the gate code and the last six characters of the document are compared with, in the box of the gate',
  },
  entry_at_gate: { zh: '该校门的出入记录', en: 'entries at the gate' },
  pass: { zh: '有效的通行凭证', en: 'a pass that is good' },
  session: { zh: '登录状态', en: 'a session that is open' },
  in_database: { zh: '数据库中的登记信息', en: 'what the database keeps of them' },
  visit_page: {
    zh: '来访详情页（姓名、时间、部分隐藏的手机号和证件号）',
    en: 'the page of the visit: names, times, covered phones and numbers',
  },
  whole_document: { zh: '完整证件号码', en: 'the whole document number' },
  photo: { zh: '照片', en: 'a photograph' },
  evidence: { zh: '审批凭据页', en: 'the page of the evidence' },
  acted: { zh: '该账号处理过的来访', en: 'a visit that the account decided or changed' },
  claim: { zh: '找回账号的申请', en: 'a claim of a lost number' },
  visit_opened: { zh: '该来访的登记信息', en: 'what was submitted for the visit' },
};

export const figureWords: Record<Figure, string> = {
  printed: 'passes on paper or saved as a picture, to be printed anew',
  open_visits:
    'visits under way, whose payloads in the engine are sealed with such keys: ids and times, no personal data',
  gates_in_service: 'gates in service that believe pages signed with it; no personal data is under it',
  values_under_key: 'values that are sealed under this key now',
  erased_since: 'accounts whose data was deleted since: a copy of then still has it, and nobody here knows whose it is',
  photographs: 'photographs that were there, of those that still are',
  guardians: 'guardians, who stand beside their children',
  data_requests: 'requests of people without an account about their data, with name and phone: /admin/data-requests',
  sign_ins: 'sign-ins',
  lists_and_searches: 'lists and searches, whose lines the audit does not name: names and times, no numbers',
  lines_in_lists: 'lines that those showed',
  engine_pages: 'pages of the engine: ids and times, no personal data',
  page_openings: 'openings of its passes with a code alone',
  staff_looks: 'looks of staff',
  entries: 'entries at gates',
};
