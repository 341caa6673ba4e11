/** One secret that the platform keeps, such as what Temporal asks for. Reading it again and again is cheap. */
export interface PlatformSecret {
  /** Its JSON value, at most five minutes old. Throws `secret-unreachable` (dependency) or `secret-unreadable` (bug). */
  read(): Promise<unknown>;
  /** Its value now: for when what was known has been refused. Asked in quick succession, the platform is asked once. */
  refresh(): Promise<unknown>;
}
