/** How the companion reaches the servers. @module */
import { type ConnectionOptions, credsAuthenticator } from "@nats-io/nats-core";
import { readText } from "../../companion/placed_file.ts";
import type { StreamServers } from "../protocol.ts";

/** Servers, and where their files must be. */
export interface PlacedServers extends StreamServers {
  /** The folder that files must be in when all links are followed, itself without links. Anywhere without it. */
  readonly root?: string;
}

/**
 * What NATS's client is told of servers and credentials. Files are read each time: who replaces one
 * need not start anything anew.
 *
 * @throws {Error} for a file that can't be read, or that is a link to somewhere else
 */
export function connectionOptions(given: PlacedServers): ConnectionOptions {
  const { servers, credentials, user, password_file, token_file, ca, cert, key } = given;
  const file = (path: string) => readText({ path, root: given.root ?? "/" });
  const secret = (path: string) => file(path).replace(/\r?\n$/, "");
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
