-- Counts the changes of what an account sees (register) and of who may act for it (identity), so that what a replica remembers
-- of an account can be held against the store with one small look.
CREATE TABLE versions (
    account_id text   NOT NULL PRIMARY KEY,
    register   bigint NOT NULL,
    identity   bigint NOT NULL
);

-- Invitations are looked up by the invited account's name. Names of accounts are unique, and never change.
DROP INDEX memberships_current;
CREATE UNIQUE INDEX memberships_current ON memberships (inviter_service_id, channel_name, invitee_account_name) WHERE removed_at IS NULL;
CREATE INDEX memberships_removed ON memberships (inviter_service_id, channel_name, invitee_account_name) WHERE removed_at IS NOT NULL;

-- Marks of transactions that several requests shared, in the order of their time; kept for minutes.
CREATE TABLE commits (
    id text NOT NULL PRIMARY KEY
);
