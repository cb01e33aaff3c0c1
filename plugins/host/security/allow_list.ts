/** Who may connect, by IP address. @module */
import { parseNetwork } from "../config/forms.ts";
import { nodeNet } from "./builtin.ts";

/** What libzmq gives as the address of an `ipc://` peer: this, and the user, group and process. */
const IPC_PREFIX = "localhost:";

/** Addresses and networks; an empty list allows every address. */
export class AllowList {
  readonly #list: { check(address: string, family: "ipv4" | "ipv6"): boolean } | null;

  /** @throws {TypeError} for text that is no address and no network */
  constructor(networks: readonly string[]) {
    this.#list = networks.length === 0 ? null : makeList(networks);
  }

  /** True if every address is allowed. */
  get empty(): boolean {
    return this.#list === null;
  }

  /**
   * Whether a peer of this address is allowed. Peers over `ipc://` are: they have no IP address,
   * and the file's mode says who may connect.
   */
  allows(address: string): boolean {
    if (this.#list === null || address.startsWith(IPC_PREFIX)) return true;
    const bare = address.split("%", 1)[0]!; // a link-local address may have its interface behind it
    return this.#list.check(bare, bare.includes(":") ? "ipv6" : "ipv4");
  }
}

function makeList(networks: readonly string[]) {
  const { BlockList } = nodeNet();
  const list = new BlockList();
  for (const text of networks) {
    const network = parseNetwork(text);
    if (network === null) throw new TypeError(`Cannot allow ${JSON.stringify(text)}: no network`);
    list.addSubnet(network.address, network.prefix, network.family);
  }
  return list;
}
