// An account's state in a word.
import type { Account } from '../../api/shapes.ts';
import type { Tone } from '../../parts/card.tsx';

export function stateOf({ status, sync, last_error }: Account): readonly [word: string, tone: Tone] {
  if (status === 'needs_reauth') return ['Needs you to reconnect', 'bad'];
  if (status === 'paused') return ['Paused', 'plain'];
  if (last_error) return ['In trouble', 'warn'];
  return sync.state === 'up_to_date' ? ['In step', 'good'] : ['Fetching mail', 'plain'];
}
