// Whether answers that leave by one long stream have left. Knows no transport.
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/server';

export class Deliveries {
  readonly #waiting = new Map<RequestId, (left: boolean) => void>();
  #over = false;

  /** Resolves when the answer to this request has left: true; false when the stream ended before. */
  of(id: RequestId): Promise<boolean> {
    if (this.#over) return Promise.resolve(false);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  left(message: JSONRPCMessage): void {
    if (!('id' in message) || message.id === undefined || 'method' in message) return;
    this.#waiting.get(message.id)?.(true);
    this.#waiting.delete(message.id);
  }

  ended(): void {
    this.#over = true;
    for (const resolve of this.#waiting.values()) resolve(false);
    this.#waiting.clear();
  }
}
