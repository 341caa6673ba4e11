/** How often and how long a client of AWS tries. */
export interface AwsPatience {
  /** Tries per question, the first included. Default 3. */
  readonly maxAttempts?: number;
  /** Default 2 s. */
  readonly connectionTimeoutMs?: number;
  /** One try may take this long. Default 2 s: then there is still time to answer the caller after three. */
  readonly requestTimeoutMs?: number;
}

/** The settings by which a client of the AWS SDK gives up; without them it waits on for a server that never answers. */
export function patienceOf(patience: AwsPatience) {
  const { maxAttempts = 3, connectionTimeoutMs = 2_000, requestTimeoutMs = 2_000 } = patience;
  return {
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Without it the client only warns, and waits on.
      throwOnRequestTimeout: true,
    },
  };
}
