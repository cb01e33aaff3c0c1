/** The event handler's process is killed: its subscribers get what happens meanwhile. */
import { Option, SocketType } from "../../ffi/zmq/constants.ts";
import { ThinContext } from "../../ffi/zmq/thin.ts";
import { assert, assertEquals } from "../assert.ts";
import { Fixture } from "../janus/support/fixture.ts";
import { openSocket, takeFrames, texts } from "../plugins/transport/sockets.ts";

const KILLS = 5;

interface Numbered {
  readonly number: number;
  readonly session: number;
  readonly what: string;
}

/**
 * A subscriber as simple programs are: libzmq's SUB subscribes again when its program looks at the
 * socket, and not before.
 */
class Subscriber implements Disposable {
  readonly got: Numbered[] = [];
  readonly #context = new ThinContext();
  readonly #socket = openSocket(this.#context, SocketType.SUB);

  constructor(endpoint: string, ...topics: string[]) {
    this.#socket.connect(endpoint);
    for (const topic of topics) this.#socket.setBytes(Option.SUBSCRIBE, topic);
  }

  look(): void {
    for (let message; (message = texts(takeFrames(this.#socket))) !== null;) {
      const { event: { name }, session_id } = JSON.parse(message[1]!);
      this.got.push({ number: Number(message[2]), session: session_id, what: name });
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
    this.#context.terminate();
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

for (const looks of ["all the time", "seldom"]) {
  Deno.test(`subscribers that look ${looks} get all that is made around ${KILLS} kills`, async () => {
    await using fixture = await Fixture.start({
      admin: true,
      settings: {
        event_handler: { general: { topics: true, sequence: true, events: "sessions" } },
      },
    });
    await using dealer = fixture.connect("DEALER");
    using subscriber = new Subscriber(fixture.janus.endpoints.events, "", "sessions.", "");
    await fixture.subscriptions(2);
    const made: string[] = [];
    const make = async () => {
      const { data: { id: session_id } } = await fixture.ask(dealer, "create");
      await fixture.ask(dealer, "destroy", { session_id });
      made.push(`created ${session_id}`, `destroyed ${session_id}`);
    };
    const arrived = () => (subscriber.look(), subscriber.got.length >= made.length);
    for (let kill = 0; kill < KILLS; kill++) {
      await make();
      await fixture.waitFor("what was before", arrived);
      const since = fixture.janus.log.count;
      Deno.kill(fixture.pid("events"), "SIGKILL");
      await make();
      await fixture.ready("events", since);
      await make();
      // Another one is there first.
      using _other = new Subscriber(fixture.janus.endpoints.events, "sessions.", "handles.");
      if (looks === "seldom") await pause(2000);
      await fixture.waitFor("what was made around the kill", arrived);
    }
    assertEquals(subscriber.got.map(({ session, what }) => `${what} ${session}`), made);
    const { number: first } = subscriber.got[0]!;
    assertEquals(subscriber.got.map(({ number }) => number), made.map((_, i) => first + i));
    const { counters } = await fixture.query("events", { request: "info" });
    assert(counters.subscriptions <= 4, `${counters.subscriptions} subscriptions`);
  });
}
