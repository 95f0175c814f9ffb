import type { SeedNotice } from './notice.ts';

export const face: SeedNotice = {
  kind: 'face',
  title: { zh: '人脸信息处理须知', en: 'About the photo of your face' },
  zh: `
上传人脸照片是**自愿**的。不上传也可以入校：二维码和身份证同样可以开门，待遇完全相同。

- **处理的信息**：您上传的一张人脸照片，属于敏感个人信息；
- **目的**：仅用于在您的访问时间内，由校门闸机核对是您本人；
- **方式**：照片加密保存，去除拍摄地点等附带信息；学校的服务器不保存人脸特征，不用于其他用途，不提供给他人；
- **期限**：访问时间结束后删除。只有您另外勾选“下次来访继续使用”，才会保留到下次来访；
- **权利**：您可以随时查看、更换照片，或撤回同意。撤回后照片立即删除，您的预约和凭证不受影响。

如不同意，请选择“不使用”。未满十四周岁的访客须由父母或其他监护人同意。
`,
  en: `
Giving a photo of your face is **your choice**. Without it you enter just as well: the QR code and your ID card open the gate too.

- **What**: one photo of your face, which is sensitive personal information;
- **Why**: only so that a gate can confirm that it is you, within the time of your visit;
- **How**: the photo is stored encrypted, without place or other camera data. The university's server keeps no template of your face, uses it for nothing else and gives it to nobody;
- **How long**: it is deleted when the time of your visit is over. Only if you also tick "Use again at my next visit" is it kept until then;
- **Your rights**: you may see or replace it, or withdraw, at any time. Withdrawing deletes the photo at once; your reservations and passes stay as they are.

If you disagree, choose "Do not use". For a child under fourteen a parent or guardian has to agree.
`,
};
