/** A Janus that does as it is told: a ROUTER socket in this process. @module */
import { Router } from "../../../ffi/zmq/mod.ts";
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
