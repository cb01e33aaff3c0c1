/** Chromium without a screen, driven by its DevTools protocol. */
import { findExecutable } from "../scripts/lib/run.ts";
import { sleep } from "../scripts/lib/waiting.ts";
import { LogLines } from "../scripts/private_janus/log_lines.ts";
import { assert } from "./assert.ts";

/** Milliseconds for what a test waits for. */
const PATIENCE = 20_000;

const FLAGS = [
  ..."--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(" "),
  ..."--disable-background-networking --disable-component-update --disable-sync".split(" "),
  ..."--disable-extensions --mute-audio --hide-scrollbars --force-color-profile=srgb".split(" "),
  "--disable-dev-shm-usage",
  "--remote-debugging-port=0",
];

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

type Reply = { readonly result?: unknown; readonly error?: { readonly message: string } };
type Message = Reply & {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly sessionId?: string;
};

/** A browser. */
export class Browser implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #socket: WebSocket;
  readonly #folder: string;
  readonly #drained: Promise<unknown>;
  readonly #replies = new Map<number, (reply: Reply) => void>();
  readonly #listeners = new Map<string, (method: string, params: unknown) => void>();
  #last = 0;

  private constructor(
    process: Deno.ChildProcess,
    drained: Promise<unknown>,
    socket: WebSocket,
    folder: string,
  ) {
    this.#process = process;
    this.#drained = drained;
    this.#socket = socket;
    this.#folder = folder;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data) as Message);
  }

  /** Starts one. */
  static async start(): Promise<Browser> {
    const found = await Promise.all(NAMES.map((name) => findExecutable(name)));
    const program = found.find((path) => path !== undefined);
    assert(program !== undefined, "Chromium is not installed. Try: scripts/deno task doctor");
    const folder = await Deno.makeTempDir({ prefix: "chromium-" });
    const process = new Deno.Command(program, {
      args: [...FLAGS, `--user-data-dir=${folder}`, "about:blank"],
      // What it writes elsewhere, such as crash reports, goes with it, too.
      env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const lines = new LogLines();
    const drained = lines.drain(process.stderr).then(() => lines.end("Chromium has ended"));
    try {
      const [, address = ""] = await lines.waitFor(/DevTools listening on (ws:\S+)/, PATIENCE);
      const socket = new WebSocket(address);
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = reject;
      });
      return new Browser(process, drained, socket, folder);
    } catch (error) {
      process.kill("SIGKILL");
      await Promise.all([process.status, drained]);
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** Opens a page. */
  async open(url: string, options: PageOptions = {}): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" }) as {
      targetId: string;
    };
    const { sessionId } = await this.send("Target.attachToTarget", {
      targetId,
      flatten: true,
    }) as { sessionId: string };
    const page = new Page(this, sessionId);
    this.#listeners.set(sessionId, (method, params) => page.hear(method, params));
    await page.begin(url, options);
    return page;
  }

  /** Sends a command of the protocol, and waits for what comes of it. */
  async send(method: string, params: object = {}, sessionId?: string): Promise<unknown> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#replies.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await promise;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  #take({ id, method, params, sessionId, ...reply }: Message): void {
    if (id !== undefined) {
      this.#replies.get(id)?.(reply);
      this.#replies.delete(id);
    } else if (method !== undefined) this.#listeners.get(sessionId ?? "")?.(method, params);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.send(JSON.stringify({ id: ++this.#last, method: "Browser.close" }));
    await closed;
    await this.#process.status;
    await this.#drained;
    for (const reply of this.#replies.values()) reply({ error: { message: "it has ended" } });
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** How a page is opened. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** A phone: a finger for a pointer. */
  readonly mobile?: boolean;
}

/** A page of a browser. */
export class Page {
  readonly #browser: Browser;
  readonly #session: string;
  /** What it complained of: errors of its scripts and its policy. */
  readonly complaints: string[] = [];

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  async #send(method: string, params: object = {}): Promise<unknown> {
    return await this.#browser.send(method, params, this.#session);
  }

  /** Sets it up, and goes there. */
  async begin(url: string, options: PageOptions): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log", "Network"]) {
      await this.#send(`${domain}.enable`);
    }
    await this.resize(options);
    await this.go(url);
  }

  /** Goes to an address. */
  async go(url: string): Promise<void> {
    await this.#send("Page.navigate", { url });
    await this.until("document.readyState === 'complete'");
  }

  /** Gives it a size, and a scheme of colors. */
  async resize({ width = 1440, height = 900, dark = false, mobile = false }: PageOptions) {
    await this.#send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      mobile,
      deviceScaleFactor: mobile ? 2 : 1,
    });
    const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
    await this.#send("Emulation.setEmulatedMedia", { features });
  }

  /** Cuts off its network, or gives it back. */
  async offline(offline: boolean): Promise<void> {
    const limits = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await this.#send("Network.emulateNetworkConditions", { offline, ...limits });
  }

  /** What an expression comes to in it. */
  async evaluate<T>(expression: string): Promise<T> {
    const reply = await this.#send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    }) as { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } };
    const failure = reply.exceptionDetails;
    assert(failure === undefined, `${expression}: ${failure?.exception?.description}`);
    return reply.result.value;
  }

  /** Waits until an expression is true. */
  async until(expression: string, patience = PATIENCE): Promise<void> {
    const end = performance.now() + patience;
    while (!(await this.evaluate<boolean>(`Boolean(${expression})`))) {
      if (performance.now() > end) {
        const text = await this.evaluate<string>("document.body?.innerText ?? ''");
        const said = this.complaints.join("\n");
        assert(false, `Waited for ${expression}; the page shows:\n${text.slice(0, 4000)}\n${said}`);
      }
      await sleep(50);
    }
  }

  /** Waits until a text is to be read in it, or in a part of it. */
  async untilText(text: string, selector = "body"): Promise<void> {
    const part = `document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`;
    await this.until(`(${part}).includes(${JSON.stringify(text)})`);
  }

  /** Presses keys, one after the other: `Enter`, `ArrowDown`, `Tab`, or a letter. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
      const code = KEY_CODES[key];
      const more = {
        key,
        ...(text === undefined ? {} : { text }),
        ...(code === undefined ? {} : { windowsVirtualKeyCode: code, code: key }),
      };
      await this.#send("Input.dispatchKeyEvent", {
        type: text === undefined ? "rawKeyDown" : "keyDown",
        ...more,
      });
      await this.#send("Input.dispatchKeyEvent", { type: "keyUp", ...more });
    }
  }

  /** Clicks in the middle of what a selector finds. */
  async click(selector: string): Promise<void> {
    const place = await this.evaluate<{ x: number; y: number }>(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "nearest" });
      const box = element.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    })()`);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.#send("Input.dispatchMouseEvent", {
        type,
        ...place,
        button: "left",
        clickCount: 1,
      });
    }
  }

  /** Takes a picture of what is seen. */
  async screenshot(path: string): Promise<void> {
    const { data } = await this.#send("Page.captureScreenshot", { format: "png" }) as {
      data: string;
    };
    await Deno.writeFile(path, Uint8Array.from(atob(data), (one) => one.charCodeAt(0)));
  }

  /** Takes in what the browser tells of it. */
  hear(method: string, params: unknown): void {
    if (method === "Runtime.exceptionThrown" || method === "Runtime.consoleAPICalled") {
      this.complaints.push(JSON.stringify(params));
    } else if (method === "Log.entryAdded") {
      const { entry } = params as { entry: { source: string; level: string; text: string } };
      if (entry.level === "error" || entry.source === "security") this.complaints.push(entry.text);
    }
  }
}

const KEY_CODES: Readonly<Record<string, number>> = {
  Tab: 9,
  Enter: 13,
  Escape: 27,
  PageUp: 33,
  PageDown: 34,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
};
