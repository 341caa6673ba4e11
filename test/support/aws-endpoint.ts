import { vi } from 'vitest';
import { startTestServer } from '../../adapters/checks/test-server.ts';

/** A service of AWS that says what a test wants: the real client speaks to it. */
export interface AwsEndpoint {
  /** What it was asked so far, oldest first. */
  readonly asked: { action: string; body: unknown }[];
  /** What it says from now on. Null: it takes the question and says nothing. */
  answer: { status: number; body: Record<string, unknown> } | null;
  close(): Promise<void>;
}

/** Opens one for a service whose protocol is JSON, and leads this process' clients there by their environment. */
export async function openAwsEndpoint(service: 'KMS' | 'SECRETS_MANAGER'): Promise<AwsEndpoint> {
  const asked: AwsEndpoint['asked'] = [];
  const server = await startTestServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    asked.push({ action, body: JSON.parse(Buffer.concat(chunks).toString()) });
    if (endpoint.answer === null) return;
    response
      .writeHead(endpoint.answer.status, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(endpoint.answer.body));
  });
  vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, server.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const endpoint: AwsEndpoint = {
    asked,
    answer: null,
    close() {
      vi.unstubAllEnvs();
      return server.close();
    },
  };
  return endpoint;
}
