// users.watch and users.stop. Posts nothing itself.
import { invalid } from './google-error.ts';
import { isLabelId } from './listing.ts';
import { type ApiCall, bodyOf, operation, stringsOf } from './operation.ts';

function watch(call: ApiCall): object {
  const { user, site } = call;
  const body = bodyOf(call);
  const { topicName } = body;
  if (typeof topicName !== 'string' || !/^projects\/[^/]+\/topics\/[^/]+$/.test(topicName))
    throw invalid(`Invalid topicName does not match projects/${'<project>'}/topics/*`);
  const labelIds = stringsOf(body, 'labelIds');
  for (const id of labelIds) if (!isLabelId(user, id)) throw invalid(`Invalid label: ${id}`);
  const behavior = String(body.labelFilterBehavior ?? body.labelFilterAction ?? 'include').toLowerCase();
  if (behavior !== 'include' && behavior !== 'exclude') throw invalid("Invalid value at 'label_filter_behavior'");
  const begun = site.push.watch(user, topicName, (record) => {
    if (labelIds.length === 0) return true;
    const touched = [...record.labelIds, ...record.lost];
    return labelIds.some((id) => touched.includes(id)) === (behavior === 'include');
  });
  if (!begun)
    throw invalid(
      'Only one user push notification client allowed per developer (call /stop then try again)',
      'failedPrecondition',
    );
  return { historyId: String(user.history.latest), expiration: String(begun.expiresAt) };
}

export const watchOperations = [
  operation('watch', 'POST watch', 100, 'FDMR', watch),
  operation('stop', 'POST stop', 50, 'FDMR', ({ user, site }) => {
    site.push.stop(user.email);
    return undefined;
  }),
];
