-- The newest of an account's removed memberships of a channel: without the id in this index, SQLite reads all memberships of the inviting service for it.
DROP INDEX memberships_removed;
CREATE INDEX memberships_removed ON memberships (inviter_service_id, channel_name, invitee_account_name, id) WHERE removed_at IS NOT NULL;
