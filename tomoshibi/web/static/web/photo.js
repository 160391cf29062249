// A photograph made smaller, and drawn anew without where and when it was taken: a phone or tablet holds a day of them.
// What this browser cannot draw (HEIC) goes as it is; the town draws it anew.
"use strict";
const smaller = async (file) => {
  const SIDE = 1600;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const by = Math.min(1, SIDE / Math.max(image.width, image.height)), canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * by);
    canvas.height = Math.round(image.height * by);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; // below what is transparent
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85)) || file;
  } catch { return file; }
};
