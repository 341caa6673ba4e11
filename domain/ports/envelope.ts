/**
 * Seals bytes so that only who may use the key can read them, and only under the same context. The context is no secret; it binds
 * sealed bytes to the place they belong to, so that they cannot be read as another's.
 */
export interface Envelope {
  seal(plain: Uint8Array, context: SealContext): Promise<Uint8Array>;
  /** Opens bytes sealed under any key version that is still allowed. Throws `seal-broken` (bug) or `key-unreachable` (dependency). */
  open(sealed: Uint8Array, context: SealContext): Promise<Uint8Array>;
}

/** Names and values that sealed bytes are bound to, such as the network and the purpose. */
export type SealContext = Readonly<Record<string, string>>;
