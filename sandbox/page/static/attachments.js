// The files of a message: clips in a player, pictures, everything else as a download.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { spoiler } from "./markdown.js";

export const size = (bytes) =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1048576
      ? `${(bytes / 1024).toFixed(0)} KiB`
      : `${(bytes / 1048576).toFixed(1)} MiB`;

export const attachments = (files) => h("div", { class: "attachments" }, files.map(attachment));

function attachment(file) {
  const shown = view(file);
  const caption = h(
    "figcaption",
    {},
    h("a", { href: `media/${file.id}`, download: file.name }, file.name),
    ` · ${size(file.size)}`,
  );
  return h("figure", { class: "attachment" }, file.isSpoiler ? spoiler([shown]) : shown, caption);
}

function view(file) {
  const address = `media/${file.id}`;
  if (file.type === "video/mp4") {
    const video = h("video", {
      src: address,
      controls: "",
      playsinline: "",
      preload: "metadata",
      "aria-label": `Video ${file.name}`,
    });
    video.addEventListener("error", () =>
      video.replaceWith(download(file, address, "This browser cannot play it.")),
    );
    return video;
  }
  if (file.type.startsWith("image/")) {
    const picture = h("img", { src: address, alt: file.description || file.name, loading: "lazy" });
    picture.addEventListener("error", () =>
      picture.replaceWith(download(file, address, "This is no picture.")),
    );
    return picture;
  }
  return download(file, address, "");
}

const download = (file, address, note) =>
  h(
    "p",
    { class: "file" },
    icon("file"),
    " ",
    h("a", { href: address, download: file.name }, file.name),
    note && ` · ${note}`,
  );
