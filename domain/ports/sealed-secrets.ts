/** Where sealed secrets lie. They are written under the revision that was read, so that two writers never undo each other. */
export interface SealedSecrets {
  /** Read consistently; null when there is none. */
  read(secretId: string): Promise<{ revision: number; sealed: Uint8Array[] } | null>;
  /** Replaces what has this revision, 0 for nothing. False when somebody was faster. */
  write(secretId: string, sealed: readonly Uint8Array[], readRevision: number): Promise<boolean>;
}
