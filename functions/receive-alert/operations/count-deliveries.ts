import { PROBLEMS } from '../../../contracts/problem.ts';
import { DomainError } from '../../../domain/errors.ts';
import { HttpProblem } from '../../shared/http-problem.ts';
import type { Meter } from '../../shared/metrics.ts';

/** Serves one delivery and counts how that ended: accepted, refused for the sender's reasons, or shed for ours. */
export async function counted<T>(meter: Meter, serve: () => Promise<T>): Promise<T> {
  try {
    const answer = await serve();
    meter.count('DeliveriesAccepted');
    return answer;
  } catch (error) {
    if (isShed(error)) meter.count('DeliveriesShed');
    else if (isRefused(error)) meter.count('DeliveriesRefused');
    throw error;
  }
}

/** Too much at once: the sender is told to come again. */
function isShed(error: unknown): boolean {
  return (
    error instanceof HttpProblem && (error.code === 'overloaded' || error.code === 'rate-limited')
  );
}

function isRefused(error: unknown): boolean {
  if (error instanceof HttpProblem) return PROBLEMS[error.code].status < 500;
  return error instanceof DomainError && error.fault === 'caller';
}
