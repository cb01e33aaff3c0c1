/** Thrown where a package cannot be made; the message says why and what to do. */
export class PackageError extends Error {
  override name = "PackageError";
}
