/** Paths of files and their URLs. @module */

/** A path as a file: URL. */
export function toFileUrl(path: string): string {
  const encoded = path.split("/").map((part) => encodeURIComponent(part)).join("/");
  return `file://${encoded}`;
}

/** The path of a file: URL. @throws {TypeError} if it is another one */
export function fromFileUrl(url: URL): string {
  if (url.protocol !== "file:" || url.host !== "") throw new TypeError(`No file: ${url}`);
  return decodeURIComponent(url.pathname);
}

/** A path as it is, or below a folder; without `.` and `..` in it. */
export function absolute(path: string, folder: string): string {
  const whole = path.startsWith("/") ? path : `${folder}/${path}`;
  return fromFileUrl(new URL(toFileUrl(whole)));
}
