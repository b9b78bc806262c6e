// Third shape of one account's file: the ids that a server gives to drafts.

export const MAILBOX_3 = `
-- message_id: messages.id of the draft as it is now; a mail need not be here yet.
create table drafts (
  draft_id text primary key,
  message_id text not null unique
) strict, without rowid;
`;
