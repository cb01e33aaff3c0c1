/** Every client library that the tests speak to Janus with, each started on first use. */
import { Agent } from "./agent.ts";
import { OwnClient } from "./own_client.ts";
import type { SocketOpener } from "./socket.ts";

/** A client library by name. */
export interface ClientLibrary {
  readonly name: string;
  /** The same opener each time; ended after the file's last test. */
  readonly opener: () => Promise<SocketOpener>;
}

type Opener = SocketOpener & AsyncDisposable;

/** python3-zmq, npm's zeromq and our own, for the tests of one file. */
export function clientLibraries(): readonly ClientLibrary[] {
  return [
    library("python3-zmq", Agent.python),
    library("npm's zeromq", Agent.node),
    library("our own client", () => Promise.resolve(new OwnClient())),
  ];
}

function library(name: string, start: () => Promise<Opener>): ClientLibrary {
  let started: Promise<Opener> | undefined;
  Deno.test.afterAll(async () => {
    await (await started)?.[Symbol.asyncDispose]();
  });
  return { name, opener: () => started ??= start() };
}
