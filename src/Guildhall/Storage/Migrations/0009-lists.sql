-- Lists are read in their order, a page at a time: by these, a page costs what it shows, whatever lies before and behind it.
-- The ids' numbers tell apart what was recorded within a millisecond.
CREATE INDEX operations_in_order ON operations (project_id, recorded_at, (substr(id, 13)), id);

-- What was removed is in no list of members, and what was withdrawn in no inbox: neither is passed over, however much of it there is.
DROP INDEX memberships_by_inviter;
CREATE INDEX memberships_by_inviter ON memberships (inviter_project_id, id) WHERE removed_at IS NULL;
DROP INDEX memberships_by_invitee;
CREATE INDEX memberships_by_invitee ON memberships (invitee_account_id, id) WHERE (state <> 'waiting' OR removed_at IS NULL);

-- The membership that an operation is for.
CREATE INDEX memberships_by_join ON memberships (inviter_service_id, join_operation_id) WHERE join_operation_id IS NOT NULL;
CREATE INDEX memberships_by_leave ON memberships (inviter_service_id, leave_operation_id) WHERE leave_operation_id IS NOT NULL;
