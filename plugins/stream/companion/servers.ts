/** How the companion reaches the servers. @module */
import { type ConnectionOptions, credsAuthenticator } from "@nats-io/nats-core";
import type { StreamServers } from "../protocol.ts";

/**
 * What NATS's client is told of servers and credentials. Files are read each time: who replaces one
 * need not start anything anew.
 *
 * @throws {Error} for a file that can't be read
 */
export function connectionOptions(given: StreamServers): ConnectionOptions {
  const { servers, credentials, user, password_file, token_file, ca, cert, key } = given;
  const tls = {
    ...(ca === "" ? {} : { ca: file(ca) }),
    ...(cert === "" ? {} : { cert: file(cert) }),
    ...(key === "" ? {} : { key: file(key) }),
  };
  return {
    servers: [...servers],
    resolve: false, // the right is to these names
    ...(credentials === ""
      ? {}
      : { authenticator: credsAuthenticator(new TextEncoder().encode(file(credentials))) }),
    ...(user === "" ? {} : { user, pass: password_file === "" ? "" : secret(password_file) }),
    ...(token_file === "" ? {} : { token: secret(token_file) }),
    ...(isTls(given) ? { tls } : {}),
  };
}

/** True if it has to be TLS; else it is if the server offers it. */
export function isTls({ ca, cert, key, servers }: StreamServers): boolean {
  return ca !== "" || cert !== "" || key !== "" || servers.some((one) => one.startsWith("tls://"));
}

function file(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function secret(path: string): string {
  return file(path).replace(/\r?\n$/, "");
}
