import type { Notice } from '../notice.ts';
import type { NoticeEndpoint } from '../participant.ts';

/** Delivers a notice to a participant's endpoint as a signed Standard Webhook (rule A7). */
export interface Notifier {
  /** True for a 2xx answer; false, with a reason, for anything else. The message id is the notice's, so repeats are recognisable. */
  deliver(
    endpoint: NoticeEndpoint,
    notice: Notice,
  ): Promise<{ delivered: boolean; reason: string }>;
}
