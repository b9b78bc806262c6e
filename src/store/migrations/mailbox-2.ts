// Second shape of one account's file: what a mail points to, and by which version of the search text it is indexed.

export const MAILBOX_2 = `
-- links: what of Google the mail points to, as bits (link-bits.ts).
alter table messages add column links integer not null default 0;
create index messages_links on messages (key) where links <> 0;
create index messages_attachments on messages (key) where attachments > 0;

-- Who wrote a mail and who had a copy of it: asking for them must not pass all that an address was only sent.
create index participants_role on participants (address, role, message) where role <> 'to';

-- Mails that a search at the server brought before the import came to them.
create table ahead (
  message integer primary key references messages (key) on delete cascade
) strict;

-- search_text: the version of the search text that every mail is indexed by. search_text_from: while the index is being
-- made anew, mails from this key on are indexed by the present version already.
insert into meta (name, value) values ('search_text', '1');
`;
