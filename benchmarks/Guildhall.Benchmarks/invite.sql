\set inviter :first + random(0, :tenants - 1)
\set invitee :first + random(0, :tenants - 1)
\set i 10000000000 + ((:inviter * 2654435761) & 4294967295)
\set j 10000000000 + ((:invitee * 2654435761) & 4294967295)
\startpipeline
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT id FROM accounts WHERE id = ANY(string_to_array('account00000000000000' || :i, ',')) ORDER BY id FOR NO KEY UPDATE;
SELECT id, account_id, account_name, project_id, name, blockchain_type, consensus, sign_algorithm, edition, fabric_version, is_invitee, database_type, cluster_type, trusted_computing, created_at, deleted_at, organizations FROM services WHERE project_id = 'project00000000000000' || :i AND id = '5e7f1ce0-0000-4000-8000-0' || :i AND deleted_at IS NULL;
SELECT name, description, created_at, peers FROM channels WHERE service_id = '5e7f1ce0-0000-4000-8000-0' || :i AND name = 'channel';
SELECT id, name FROM accounts WHERE disabled_at IS NULL AND name = 'tenant-' || :j;
SELECT id, channel_name, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_id, inviter_service_name, invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name, state, trusted_computing, organizations, invited_at, changed_at, join_operation_id, leave_operation_id, is_read, is_hidden, removed_at, removed_by, reason, version FROM memberships WHERE inviter_service_id = '5e7f1ce0-0000-4000-8000-0' || :i AND channel_name = 'channel' AND invitee_account_name = 'tenant-' || :j AND removed_at IS NULL;
SELECT DISTINCT invitee_account_id FROM memberships WHERE inviter_service_id = '5e7f1ce0-0000-4000-8000-0' || :i AND removed_at IS NULL AND state IN ('waiting', 'joining', 'agreed', 'quitting');
INSERT INTO memberships (inviter_service_id, id, channel_name, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_name, invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name, state, organizations, trusted_computing, invited_at, changed_at, is_read, is_hidden, version) VALUES ('5e7f1ce0-0000-4000-8000-0' || :i, gen_random_uuid()::text, 'channel', 'account00000000000000' || :i, 'tenant-' || :i, 'project00000000000000' || :i, 'service', gen_random_uuid()::text, gen_random_uuid()::text, '', '', '', 'waiting', '[]', 0, 1700000000000, 1700000000000, 0, 0, 0);
INSERT INTO versions (account_id, register, identity) SELECT DISTINCT id, 1, 0 FROM unnest(string_to_array('account00000000000000' || :i || ',account00000000000000' || :j, ',')) AS id ORDER BY id ON CONFLICT (account_id) DO UPDATE SET register = versions.register + 1;
INSERT INTO commits (id) VALUES (gen_random_uuid()::text);
COMMIT;
\endpipeline
