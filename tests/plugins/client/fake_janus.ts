/** A Janus that does as it is told: a ROUTER socket in this process. @module */
import { Router } from "../../../ffi/zmq/mod.ts";
import { connect } from "../../../mod.ts";
import type { JanusRequest, JsonObject } from "../../../plugins/janus/api.ts";
import { parseJson, stringifyJson } from "../../../plugins/janus/json.ts";

/** A request as it arrived. */
export type FakeRequest = JanusRequest & { readonly transaction: string };

/** Answers requests: messages to send, in order. */
export type Answer = (request: FakeRequest) => JsonObject[];

/** The least that clients need. `session_timeout` in seconds. */
export function answerInfo({ transaction }: FakeRequest, session_timeout = 60): JsonObject {
  return { janus: "server_info", transaction, "session-timeout": session_timeout };
}

/** Listens on a port of its own. */
export class FakeJanus implements AsyncDisposable {
  readonly requests: FakeRequest[] = [];
  readonly endpoint: string;
  /** What it does with requests; set it at any time. */
  answer: Answer;
  #router: Router;
  #peer: Uint8Array | undefined;
  #loop: Promise<void>;

  /** @param options `curve` are the server's keys */
  constructor(answer: Answer) {
    this.answer = answer;
    this.#router = new Router({ linger: 0, handover: true });
    this.#router.bindSync("tcp://127.0.0.1:*");
    this.endpoint = this.#router.lastEndpoint!;
    this.#loop = this.#serve(this.#router);
  }

  /** Answers `info` by itself, and the rest as told. */
  static make(answer: Answer): FakeJanus {
    return new FakeJanus((request) =>
      request.janus === "info" ? [answerInfo(request)] : answer(request)
    );
  }

  /** The requests with a verb. */
  asked(verb: string): FakeRequest[] {
    return this.requests.filter(({ janus }) => janus === verb);
  }

  /** Sends the client something of its own accord. */
  async push(message: JsonObject): Promise<void> {
    await this.#router.send([this.#peer!, stringifyJson(message)]);
  }

  /** Closes its socket: nobody listens any more. */
  async goAway(): Promise<void> {
    this.#router.close();
    await this.#loop;
  }

  /** Listens on the same port again. */
  async comeBack(): Promise<void> {
    this.#router = new Router({ linger: 0, handover: true });
    for (let tries = 0;; tries++) {
      try {
        this.#router.bindSync(this.endpoint);
        break;
      } catch (error) {
        // libzmq lets go of a closed socket's port in the background.
        if (tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    this.#loop = this.#serve(this.#router);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goAway();
  }

  async #serve(router: Router): Promise<void> {
    for await (const [peer, body] of router) {
      const request = parseJson(body!.toString()) as FakeRequest;
      this.#peer = peer!;
      this.requests.push(request);
      for (const message of this.answer(request)) {
        await router.send([peer!, stringifyJson(message)]);
      }
    }
  }
}

/** What the fake says of itself. */
export const SESSION = 2n ** 60n + 1n;
export const HANDLE = 7;
export const PLUGIN = "janus.plugin.test";

/** Answers everything that clients do, well. */
export function answerAll(request: FakeRequest) {
  const { janus, transaction, session_id } = request;
  switch (janus) {
    case "create":
      return [{ janus: "success", transaction, data: { id: SESSION } }];
    case "attach":
      return [{ janus: "success", transaction, session_id, data: { id: HANDLE } }];
    case "keepalive":
      return [{ janus: "ack", transaction, session_id }];
    default:
      return [{ janus: "success", transaction, session_id }];
  }
}

/** An event of the plugin's. */
export function pluginEvent(data: object, transaction?: string) {
  return {
    janus: "event",
    session_id: SESSION,
    sender: HANDLE,
    ...(transaction === undefined ? {} : { transaction }),
    plugindata: { plugin: PLUGIN, data },
  };
}

/** An error reply. */
export function refuse({ transaction, session_id }: FakeRequest, code: number, reason: string) {
  return [{ janus: "error", session_id, transaction, error: { code, reason } }];
}

/** Waits for something to come true. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > end) throw new Error("It didn't come to pass in 5 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A client with a session and a handle, and the Janus that it talks to. */
export async function start(options: Parameters<typeof connect>[1] = {}) {
  const fake = FakeJanus.make(answerAll);
  const janus = await connect(fake.endpoint, { timeout: 2000, ...options });
  const session = await janus.createSession();
  const handle = await session.attach(PLUGIN);
  return {
    fake,
    janus,
    session,
    handle,
    /** Answers one verb so, and the others well. */
    on(verb: string, answer: Answer) {
      fake.answer = (request) =>
        request.janus === verb
          ? answer(request)
          : request.janus === "info"
          ? [answerInfo(request)]
          : answerAll(request);
    },
    async [Symbol.asyncDispose]() {
      await janus.close();
      await fake[Symbol.asyncDispose]();
    },
  };
}
