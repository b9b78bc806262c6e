// users.getProfile. Changes nothing.
import { operation } from './operation.ts';

export const profileOperations = [
  operation('getProfile', 'GET profile', 1, 'FCDMR', ({ user }) => ({
    emailAddress: user.email,
    messagesTotal: user.size,
    threadsTotal: new Set([...user.mails()].map((mail) => mail.threadId)).size,
    historyId: String(user.history.latest),
  })),
];
