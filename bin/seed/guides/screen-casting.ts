import type { SeedGuide } from './guide.ts';

export const screenCasting: SeedGuide = {
  kind: 'screen_casting',
  title: { zh: '会议投屏', en: 'Presenting in meeting rooms' },
  zh: `
会议室的大屏可以有线投屏，也可以无线投屏。操作前请先向会议室管理人员确认设备已经开机。

## 有线投屏

1. 桌面线盒内有HDMI和USB-C两种接口，把线插到电脑上。
2. 按遥控器的“信号源”，选择与线盒标签相同的接口。
3. 电脑没有画面时，Windows按 **Win + P** 选择“复制”；macOS在“系统设置”的“显示器”里选择镜像。

## 无线投屏

1. 打开大屏，首页会显示**会议室名称**和六位**投屏码**。
2. 手机或电脑连接访客网络。访客网络需要用登记的手机号收取短信验证码上网。
3. 按设备选择：
   - 苹果手机、平板和电脑：打开“屏幕镜像”，选择会议室名称，输入投屏码；
   - 安卓手机：打开系统的“投屏”或“无线显示”，选择会议室名称；
   - Windows电脑：按 **Win + K**，选择会议室名称，输入投屏码。

投屏码每次会议更换。请勿投到其他会议室的屏幕上。

## 声音和视频会议

- 有线投屏时，声音随HDMI输出；没有声音的，在电脑的声音设置里选择会议室大屏。
- 视频会议请使用会议室的摄像头和全向麦克风：把桌面的USB线插到电脑上，在会议软件里选择“会议室摄像头”。

## 常见问题

| 现象 | 处理 |
|---|---|
| 找不到会议室名称 | 确认连的是访客网络，再关闭、打开一次无线网络 |
| 画面卡顿 | 改用有线投屏 |
| 画面比例不对 | 把电脑分辨率设为1920×1080 |
| 投屏码不对 | 大屏退回首页，使用当前显示的投屏码 |

## 结束时

断开投屏，退出个人账号，带走优盘和资料，再请管理人员关闭设备。
`,
  en: `
The large screens in meeting rooms take a cable or a wireless connection. First ask the room's staff whether the equipment is switched on.

## By cable

1. The box in the table has HDMI and USB-C cables. Plug one into your computer.
2. Press "Source" on the remote control and choose the input written on the box.
3. No picture? On Windows press **Win + P** and choose "Duplicate"; on a Mac choose mirroring under Displays in System Settings.

## Wireless

1. Switch on the screen. Its first page shows the **name of the room** and a six-digit **code**.
2. Connect your phone or computer to the guest network. It asks for a code that is sent to your registered phone.
3. Depending on your device:
   - iPhone, iPad and Mac: open Screen Mirroring, choose the room and enter the code;
   - Android: open Cast or Wireless display and choose the room;
   - Windows: press **Win + K**, choose the room and enter the code.

The code changes with every meeting. Please make sure that you do not present on another room's screen.

## Sound and video meetings

- With a cable the sound goes through HDMI. If you hear nothing, choose the room's screen in the sound settings of your computer.
- For a video meeting use the room's camera and microphone: plug the USB cable on the table into your computer and choose the room's camera in the meeting software.

## When something is wrong

| What you see | What to do |
|---|---|
| The room is not listed | Check that you are on the guest network, then switch Wi-Fi off and on once |
| The picture stutters | Use the cable |
| The picture has the wrong shape | Set your computer to 1920 × 1080 |
| The code is refused | Take the screen back to its first page and use the code shown now |

## Afterwards

Disconnect, sign out of your accounts, take your USB stick and papers with you and ask the staff to switch everything off.
`,
};
