/** Secrets of sources and subscribers by id (design §4); several may be valid while one is being rotated. */
export interface SecretStore {
  /** Valid secrets, newest first; empty when the id is unknown. */
  secrets(secretId: string): Promise<string[]>;
}
