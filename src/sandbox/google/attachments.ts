// users.messages.attachments.get. Changes nothing.
import { invalid } from './google-error.ts';
import { findAttachment, urlSafe } from './message-resource.ts';
import { mailOf, operation } from './operation.ts';
import { octetsOf } from './part-content.ts';

export const attachmentOperations = [
  operation('messages.attachments.get', 'GET messages/{messageId}/attachments/{id}', 20, 'FMR', ({ user, words }) => {
    const mail = mailOf(user, words.messageId ?? '');
    const part = findAttachment(mail, words.id ?? '');
    if (!part) throw invalid('Invalid attachment token');
    const content = octetsOf(mail.raw, part);
    return { size: content.length, data: urlSafe(content) };
  }),
];
