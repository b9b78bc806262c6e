// First shape of one account's file. A migration never changes once it has been released; a new one follows it.

export const MAILBOX_1 = `
-- arrivals: the last number given to a mail that newly came into the inbox.
create table meta (
  name text primary key,
  value text not null
) strict, without rowid;

-- What the source has to be given to go on, one row a place. Opaque to everybody but the source.
create table cursors (
  path text primary key,
  state text not null
) strict, without rowid;

-- Places at the server where copies of mails lie (IMAP mailboxes). label: the labels.id that lying there means.
create table places (
  id integer primary key autoincrement,
  path text not null unique,
  label integer references labels (id),
  messages integer not null default 0
) strict;

-- name: as a person sees it; label_id: the id that doors show (INBOX, Label_7).
create table labels (
  id integer primary key autoincrement,
  label_id text not null unique,
  name text not null,
  type text not null check (type in ('system', 'user')),
  unique (type, name)
) strict;

-- key: arrival in seconds * 2^20 + a tie-breaker, so key order is time order; never changes.
-- hidden: in Spam or Trash. outgoing: written by the account's owner. arrival: rises with each mail that newly came
-- into the inbox after the account was connected, else null. orphan: no copy is left; removed when the round is over.
create table messages (
  key integer primary key,
  id text not null unique,
  thread_id text not null,
  identity text not null,
  message_id_header text not null default '',
  date_ms integer not null,
  date_header_ms integer,
  size_bytes integer not null,
  subject text not null default '',
  from_name text not null default '',
  from_address text not null default '',
  snippet text not null default '',
  unread integer not null default 0,
  starred integer not null default 0,
  draft integer not null default 0,
  answered integer not null default 0,
  hidden integer not null default 0,
  outgoing integer not null default 0,
  attachments integer not null default 0,
  arrival integer,
  orphan integer not null default 0
) strict;
create index messages_thread on messages (thread_id, key);
create index messages_message_id_header on messages (message_id_header) where message_id_header <> '';
create index messages_size on messages (size_bytes, key);
create unique index messages_arrival on messages (arrival) where arrival is not null;
create index messages_orphan on messages (key) where orphan = 1;

-- Header block, text and HTML, each compressed with zstd. notes and verdicts: JSON.
create table bodies (
  message integer primary key references messages (key) on delete cascade,
  header_block blob not null,
  text blob not null,
  html blob,
  text_length integer not null default 0,
  hidden_removed integer not null default 0,
  notes text not null default '[]',
  verdicts text
) strict;

create table parts (
  message integer not null references messages (key) on delete cascade,
  n integer not null,
  part_id text not null,
  filename text not null default '',
  content_type text not null default '',
  size_bytes integer not null default 0,
  content_id text not null default '',
  inline integer not null default 0,
  primary key (message, n)
) strict, without rowid;

-- role: from, reply_to, to, cc, bcc. position: order in its header.
create table participants (
  address text not null,
  message integer not null references messages (key) on delete cascade,
  role text not null,
  position integer not null,
  name text not null default '',
  primary key (address, message, role)
) strict, without rowid;
create index participants_message on participants (message, role, position);

-- The newest name that each address was seen with; folded: lower case without accents, for finding people by name.
create table people (
  address text primary key,
  name text not null default '',
  folded text not null default '',
  last_key integer not null default 0
) strict, without rowid;

create table message_labels (
  label integer not null references labels (id),
  message integer not null references messages (key) on delete cascade,
  primary key (label, message)
) strict, without rowid;
create index message_labels_message on message_labels (message);

-- Message-IDs that a mail points to (References, In-Reply-To), so that a parent which comes later finds its children.
create table message_references (
  reference text not null,
  message integer not null references messages (key) on delete cascade,
  primary key (reference, message)
) strict, without rowid;
create index message_references_message on message_references (message);

-- Ids of threads that were joined to another one; an id once told stays good.
create table thread_aliases (
  alias text primary key,
  thread_id text not null
) strict, without rowid;
create index thread_aliases_thread on thread_aliases (thread_id);

-- labels: JSON list of labels.id told by the server with this copy (X-GM-LABELS), null when places are the labels.
create table copies (
  place integer not null references places (id),
  uid_validity integer not null,
  uid integer not null,
  message integer not null references messages (key) on delete cascade,
  seen integer not null default 0,
  flagged integer not null default 0,
  draft integer not null default 0,
  answered integer not null default 0,
  labels text,
  primary key (place, uid_validity, uid)
) strict, without rowid;
create index copies_message on copies (message);

-- Batches whose reading was begun and not finished; a mail that breaks its reader three times is stored with a note.
create table import_attempts (
  path text not null,
  uid_validity integer not null,
  first_uid integer not null,
  last_uid integer not null,
  attempts integer not null,
  primary key (path, uid_validity, first_uid, last_uid)
) strict, without rowid;

-- rowid = messages.key. Contentless: fed with search text only; snippets are cut from the stored text.
create virtual table fts using fts5 (
  subject, sender, recipients, cc, bcc, body, files, list, delivered,
  content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2 tokenchars '_'"
);
`;
