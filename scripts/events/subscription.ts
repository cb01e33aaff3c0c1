/** A subscription to a live event handler, and what to say when nothing comes of it. */
import { Subscriber } from "../../ffi/zmq/mod.ts";
import { type EventMessage, readMessage } from "./event_texts.ts";

/** How to reach the event handler. */
export interface SubscriptionOptions {
  readonly endpoint: string;
  /** Listen there instead, where the plugin dials out (`general.mode = "connect"`). */
  readonly bind: boolean;
  /** Topics to subscribe to, by prefix. */
  readonly topic: string;
  readonly curve: Curve | null;
  readonly plain: Plain | null;
}

/** Keys as Z85 text. */
export interface Curve {
  readonly serverKey: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

/** A user of `security.users`. */
export interface Plain {
  readonly username: string;
  readonly password: string;
}

/** How far the connection has come. */
type State = "none" | "nobody" | "refused" | "connected";

/** Messages waiting here; beyond it, the plugin waits for us, or drops. */
const QUEUE = 100_000;

/** Milliseconds of silence before it is worth a word. */
const SILENCE = 3000;

/**
 * The events of a live Janus as they come, each as JSON text, until the signal.
 *
 * @param say called with what to look at where nothing comes, and with what the plugin dropped
 * @throws {ZmqError} for an endpoint that can't be, or keys that are none
 */
export async function* liveEvents(
  options: SubscriptionOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): AsyncGenerator<readonly string[], void> {
  using subscription = new Subscription(options);
  const silence = setTimeout(() => say(subscription.explainSilence()), SILENCE);
  try {
    for await (const { events, dropped } of subscription.messages(signal)) {
      clearTimeout(silence);
      if (dropped !== null) say(`The plugin dropped events: ${dropped}`);
      yield events;
    }
  } finally {
    clearTimeout(silence);
  }
}

/** A SUB socket at the event handler. */
class Subscription implements Disposable {
  readonly #options: SubscriptionOptions;
  readonly #socket: Subscriber;
  #state: State = "none";

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    const { curve, plain } = options;
    this.#socket = new Subscriber({
      receiveHighWaterMark: QUEUE,
      linger: 0,
      ...(curve === null ? {} : {
        curveServerKey: curve.serverKey,
        curvePublicKey: curve.publicKey,
        curveSecretKey: curve.secretKey,
      }),
      ...(plain === null ? {} : { plainUsername: plain.username, plainPassword: plain.password }),
    });
    try {
      this.#watch();
      this.#socket.subscribe(options.topic);
      // Where some topics only are wanted, so is the word that something is missing.
      if (options.topic !== "") this.#socket.subscribe("dropped");
      if (options.bind) this.#socket.bindSync(options.endpoint);
      else this.#socket.connect(options.endpoint);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  #watch(): void {
    const become = (state: State) => () => {
      // A refusal ends the connection, which is then tried again: that it was one says more.
      if (this.#state !== "refused" || state === "connected") this.#state = state;
    };
    this.#socket.events
      .on("handshake", become("connected"))
      .on("handshake:error:auth", become("refused"))
      .on("handshake:error:protocol", become("refused"))
      .on("handshake:error:other", become("refused"))
      .on("connect:retry", become("nobody"))
      .on("disconnect", become("nobody"));
  }

  /** Messages as they come, until the signal. */
  async *messages(signal: AbortSignal): AsyncGenerator<EventMessage, void> {
    while (!signal.aborted) {
      let frames;
      try {
        frames = await this.#socket.receive({ signal });
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      yield readMessage(frames);
    }
  }

  /** Why nothing may have come, and what to look at. */
  explainSilence(): string {
    const { endpoint, bind, topic, curve, plain } = this.#options;
    const seconds = SILENCE / 1000;
    switch (this.#state) {
      case "none":
      case "nobody":
        if (bind) {
          return `Nobody has connected to ${endpoint} in ${seconds} s. Does the plugin dial out to` +
            ' it (general.mode = "connect", general.endpoints), and does its mechanism need keys?';
        }
        return `Nobody answers at ${endpoint} in ${seconds} s. Does Janus run, with the event` +
          ' handler? Its log says "Events (...) on tcp://...": is that the address and port?' +
          securityHint(curve, plain);
      case "refused":
        return `${endpoint} refuses us: look at security.mechanism in` +
          " janus.eventhandler.zeromqevh.jcfg, and at what Janus's log says of the refusal." +
          securityHint(curve, plain);
      case "connected":
        return `Connected to ${endpoint}, but nothing has come in ${seconds} s. If something` +
          " happens in Janus (a session, a call), check events: { broadcast = true } in janus.jcfg" +
          " and the types in general.events." +
          (topic === ""
            ? ""
            : ` Topics need general.topics = true; does any begin with "${topic}"?`);
    }
  }

  /** Closes the socket. */
  close(): void {
    this.#socket.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function securityHint(curve: Curve | null, plain: Plain | null): string {
  if (curve !== null) return " Is --server-key that server's, and --key that of a client it knows?";
  if (plain !== null) return " Is the password right, and the mechanism plain?";
  return " A secured one needs --server-key and --key (curve), or --user and --password-file (plain).";
}
