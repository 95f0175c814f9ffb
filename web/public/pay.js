// WeChat's own cashier, which only its browser has. Whether it was paid, the server asks WeChat.
const button = document.getElementById('pay');
const failed = document.getElementById('pay-failed');

const call = () => {
  const { appId, timeStamp, nonceStr, package: prepay, signType, paySign } = button.dataset;
  button.disabled = true;
  failed.hidden = true;
  window.WeixinJSBridge.invoke(
    'getBrandWCPayRequest',
    { appId, timeStamp, nonceStr, package: prepay, signType, paySign },
    ({ err_msg: said }) => {
      button.disabled = false;
      if (said === 'get_brand_wcpay_request:ok') location.reload();
      else failed.hidden = false;
    },
  );
};
const open = () => {
  if (window.WeixinJSBridge) return call();
  document.addEventListener('WeixinJSBridgeReady', call, { once: true });
};
button.addEventListener('click', open);
// A second tap is nothing that anybody expects: the cashier opens by itself.
open();
