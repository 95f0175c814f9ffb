// Improves the form: answers without a page load, keeps the scanner's field ready, reads QR codes by camera.
const form = document.querySelector('#scan');
const credential = form.elements.credential;
const documentField = form.elements.document;
const answer = document.querySelector('#answer');
const fault = document.querySelector('#fault');
const cameraButton = document.querySelector('#camera');
const view = document.querySelector('#view');

form.addEventListener('submit', (event) => {
  event.preventDefault();
  check();
});

let checking = false;

/** The nonce stays until an answer came: a second try is the same scan. */
async function check() {
  if (checking || credential.value === '') return;
  checking = true;
  try {
    const response = await ask();
    if (response.status === 401) return location.reload();
    show(await response.text());
    play();
    form.elements.nonce.value = newNonce();
    hideFault();
    prepareNext();
  } catch {
    // What stands there was said of somebody else.
    answer.replaceChildren();
    document.querySelector('#acts').replaceChildren();
    showFault('unreachable');
  } finally {
    checking = false;
  }
}

/** Each part of the answer's text goes where its like stands. Throws where it is no answer, but a proxy's page or a failure's. */
function show(text) {
  const template = document.createElement('template');
  template.innerHTML = text;
  const parts = template.content.querySelectorAll('[data-for]');
  if (parts.length === 0) throw new Error('no answer');
  for (const part of parts) {
    document.getElementById(part.dataset.for).replaceChildren(...part.childNodes);
  }
}

// Two notes upwards: pass. A low one: do not. Heard without looking.
const notes = { true: [660, 990], false: [180, 180] };
const soundButton = document.querySelector('#sound');
let speaker;
let silent = localStorage.getItem('silent') === 'yes';

function play() {
  const open = answer.querySelector('[data-open]')?.dataset.open;
  if (silent || open === undefined || typeof AudioContext === 'undefined') return;
  speaker ??= new AudioContext();
  notes[open].forEach((frequency, index) => {
    const from = speaker.currentTime + index * 0.18;
    const tone = speaker.createOscillator();
    const loudness = speaker.createGain();
    tone.type = open === 'true' ? 'sine' : 'square';
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(0.3, from);
    loudness.gain.exponentialRampToValueAtTime(0.001, from + 0.16);
    tone.connect(loudness).connect(speaker.destination);
    tone.start(from);
    tone.stop(from + 0.17);
  });
}

function nameSound() {
  soundButton.textContent = silent ? soundButton.dataset.on : soundButton.dataset.off;
}
soundButton.hidden = typeof AudioContext === 'undefined';
soundButton.addEventListener('click', () => {
  silent = !silent;
  localStorage.setItem('silent', silent ? 'yes' : 'no');
  nameSound();
});
nameSound();
// Answered by a page of its own, such as an entry by hand.
play();

async function ask() {
  const request = () =>
    fetch(form.action, {
      method: 'POST',
      headers: { 'X-Fragment': '1' },
      body: new URLSearchParams(new FormData(form)),
    });
  return request().catch(request);
}

/** Where the document is asked for, the code stays and the guard types only the document. */
function prepareNext() {
  documentField.value = '';
  if (answer.querySelector('[data-again]')) return documentField.focus();
  credential.value = '';
  credential.focus();
}

function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function showFault(kind) {
  fault.textContent = fault.dataset[kind];
  fault.hidden = false;
}
function hideFault() {
  fault.hidden = true;
}

// The camera is there on https and on this machine itself only.
if (navigator.mediaDevices?.getUserMedia) cameraButton.hidden = false;
cameraButton.addEventListener('click', () => (stream ? stopCamera() : startCamera()));

let stream;

async function startCamera() {
  try {
    const [{ readBarcodes }, media] = await Promise.all([
      loadReader(),
      navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } }),
    ]);
    stream = media;
    view.srcObject = media;
    view.hidden = false;
    await view.play();
    setCameraButton(true);
    hideFault();
    watch(readBarcodes);
  } catch {
    stopCamera();
    showFault('camera');
  }
}

function stopCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = undefined;
  view.hidden = true;
  setCameraButton(false);
}

function setCameraButton(on) {
  cameraButton.setAttribute('aria-pressed', String(on));
  cameraButton.textContent = on ? cameraButton.dataset.stop : cameraButton.dataset.start;
}

let reader;

function loadReader() {
  reader ??= import('/zxing/reader/index.js').then((module) => {
    module.prepareZXingModule({ overrides: { locateFile: () => '/zxing/zxing_reader.wasm' } });
    return module;
  });
  return reader;
}

/** How long a pass must be out of sight before it is read again, in milliseconds. */
const outOfSight = 5000;
/** `XM1:` and the 112 bytes that stay; what follows changes every half minute. */
const lasting = 172;

/** A phone held before the camera is one scan, also when its code renews itself; refused, the new code counts. */
async function watch(readBarcodes) {
  const canvas = document.createElement('canvas');
  let last = { text: '', open: false, seen: 0 };
  while (stream) {
    const text = await readFrame(canvas, readBarcodes);
    if (text && !checking) {
      const same = last.open ? text.slice(0, lasting) === last.text.slice(0, lasting) : text === last.text;
      if (!same || Date.now() - last.seen > outOfSight) {
        credential.value = text;
        await check();
        last = { text, open: answer.querySelector('[data-open=true]') !== null };
      }
      last.seen = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

async function readFrame(canvas, readBarcodes) {
  if (view.videoWidth === 0) return '';
  canvas.width = view.videoWidth;
  canvas.height = view.videoHeight;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(view, 0, 0);
  const found = await readBarcodes(context.getImageData(0, 0, canvas.width, canvas.height), { formats: ['QRCode'] });
  return found[0]?.text ?? '';
}
