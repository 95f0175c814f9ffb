import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express from 'express';

/**
 * Express and EJS as their manuals use them, and nothing else: no database, session, language, compression or log. The
 * page is a form of the size of ours (about 6 kB).
 */
const options = ['业务往来', '学术交流', '参观访问', '求职面试', '送货维修', '探亲访友', '其他'];
const fields = [
  ...['姓名', '手机号', '证件号', '车牌号', '单位', '被访人', '开始', '结束'].map((label, n) => ({
    name: `text${n}`,
    label,
  })),
  ...['证件类型', '访问园区', '访问部门', '访问事由'].map((label, n) => ({ name: `choice${n}`, label, options })),
];
const app = express();
app.set('views', fileURLToPath(new URL('./views', import.meta.url)));
app.set('view engine', 'ejs');
app.get('/', (_request, response) => response.render('form', { title: '个人访客通道', fields }));
const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
process.once('SIGTERM', () => process.exit());
