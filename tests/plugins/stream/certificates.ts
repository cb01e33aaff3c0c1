/** Certificates for tests, in a folder. */

async function openssl(folder: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, cwd: folder }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Makes `NAME.pem` and `NAME.key` of an authority. */
export async function authority(folder: string, name: string): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
  await openssl(folder, "req", "-x509", ...key, ...files, "-subj", `/CN=${name}`, "-days", "2");
}

/** Makes `NAME.pem` and `NAME.key`, which an authority vouches for, for this machine. */
export async function certificate(folder: string, issuer: string, name: string): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const by = ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`, "-days", "2"];
  const names = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const files = ["-keyout", `${name}.key`, "-out", `${name}.pem`];
  const rest = ["-subj", `/CN=${name}`, "-addext", "basicConstraints=critical,CA:FALSE"];
  await openssl(folder, "req", "-x509", ...by, ...key, ...names, ...files, ...rest);
}
