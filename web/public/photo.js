// Makes a chosen photo small before it leaves the phone. Where anything of it does not work, the file goes as it is.
(() => {
  const longest = 1600;

  const decode = async (file) => {
    if (self.createImageBitmap) {
      try {
        return await createImageBitmap(file, { imageOrientation: 'from-image' });
      } catch {
        // Older browsers know no options.
      }
    }
    return createImageBitmap(file);
  };

  const shrink = async (file, canvas) => {
    const image = await decode(file);
    const scale = Math.min(1, longest / Math.max(image.width, image.height));
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
  };

  for (const form of document.querySelectorAll('form[data-photo]')) {
    const input = form.querySelector('input[type=file]');
    const canvas = document.createElement('canvas');
    canvas.className = 'photo__preview';
    canvas.setAttribute('role', 'img');
    const said = document.createElement('p');
    said.className = 'small';
    said.setAttribute('role', 'status');
    input.addEventListener('change', async () => {
      const [file] = input.files;
      canvas.remove();
      said.remove();
      if (!file) return;
      try {
        const blob = await shrink(file, canvas);
        if (!blob || input.files[0] !== file) return;
        const small = new DataTransfer();
        small.items.add(new File([blob], 'photo.jpg', { type: 'image/jpeg' }));
        input.files = small.files;
        said.textContent = form.dataset.photo;
        canvas.setAttribute('aria-label', form.dataset.photo);
        input.after(canvas, said);
      } catch {
        // Not a picture this browser can read: the server says what is wrong with it.
      }
    });
  }
})();
