/** What is said of problems that are of the page's own finding. @module */
import { plain } from "./format.ts";

/** That a server is silent altogether. */
export function silenceText(server: string): string {
  const name = plain(server, 40);
  return `Neither events nor the Admin API of ${name} answer: does Janus run? ` +
    "(systemctl status janus, journalctl -u janus)";
}
