/** Names of clients and users. @module */

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/;

/** What a name may look like. */
export const NAME_FORM = "up to 64 letters, digits and _ . @ -, the first a letter or digit";

/** Whether text can be a client's name. */
export function isName(text: string): boolean {
  return NAME.test(text);
}
