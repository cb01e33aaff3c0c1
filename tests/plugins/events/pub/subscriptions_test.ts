import { ConnectionMonitor } from "../../../../ffi/zmq/connections.ts";
import { ContextOption, Flag, Option, SocketType } from "../../../../ffi/zmq/constants.ts";
import { Message, openLibrary, ThinContext } from "../../../../ffi/zmq/thin.ts";
import { Subscriptions } from "../../../../plugins/events/pub/subscriptions.ts";
import { assertEquals, fail } from "../../../assert.ts";
import { isAccepted, LateEvents } from "../../transport/late_events.ts";
import { openSocket, PATIENCE_MS, sleep } from "../../transport/sockets.ts";

openLibrary();

function until(condition: () => boolean, what: string): void {
  for (const end = Date.now() + PATIENCE_MS; !condition(); sleep(1)) {
    if (Date.now() > end) fail(`${what} did not happen`);
  }
}

Deno.test("with several I/O threads, a subscription counts before its connection was told", () => {
  using context = new ThinContext();
  context.set(ContextOption.IO_THREADS, 2);
  using publisher = openSocket(context, SocketType.XPUB);
  using monitor = new ConnectionMonitor(context, publisher);
  publisher.bind("tcp://127.0.0.1:*");
  const late = new LateEvents(monitor, isAccepted);
  const subscriptions = new Subscriptions(monitor);
  using clients = new ThinContext();
  using subscriber = openSocket(clients, SocketType.SUB);
  subscriber.connect(publisher.lastEndpoint());
  subscriber.setBytes(Option.SUBSCRIBE, "a");
  using message = new Message();
  until(() => message.recv(publisher, Flag.DONTWAIT) >= 0, "a subscription");
  subscriptions.take(message, Date.now());
  const settle = () => monitor.read() && subscriptions.settle();
  settle();
  assertEquals([subscriptions.count, late.kept.length], [1, 1]);
  late.keep = () => false;
  settle();
  assertEquals([subscriptions.count, monitor.open], [1, 1]);
  subscriber.close();
  until(() => monitor.read() && monitor.hasClosed, "the subscriber's end");
  settle();
  assertEquals([subscriptions.count, monitor.open], [0, 0]);
});
