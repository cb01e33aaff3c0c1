/** How the monitor shows who it is. @module */

/** Keys as Z85 text. */
export interface CurveKeys {
  readonly serverKey: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

/** A user of `security.users`. */
export interface PlainUser {
  readonly username: string;
  readonly password: string;
}

/** Keys, or a user, or neither. */
export interface Security {
  readonly curve: CurveKeys | null;
  readonly plain: PlainUser | null;
}
