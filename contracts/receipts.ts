import type { ReceiptHeader } from '../domain/ports/intake.ts';

/** Body of the 202 answer to a delivery (design §7): received = accepted + duplicate + quarantined. */
export type ReceiptBody = Pick<
  ReceiptHeader,
  'receiptId' | 'received' | 'accepted' | 'duplicate' | 'quarantined' | 'truncated'
>;

/** Where the receipt can be read again. */
export function receiptLocation(receiptId: string): string {
  return `/v1/receipts/${receiptId}`;
}
