/** One secret that the platform keeps, such as what Temporal asks for. Reading it again and again is cheap. */
export interface PlatformSecret {
  /**
   * Its JSON value: read again behind whoever asks once it is five minutes old, and before it is used once it is eight. What was read
   * last stays in use while it cannot be read. Before a first value it throws `secret-unreachable` (dependency) or `secret-unreadable` (bug).
   */
  read(): Promise<unknown>;
  /** Its value now: for when what was known has been refused. Asked in quick succession, the platform is asked once. */
  refresh(): Promise<unknown>;
}
