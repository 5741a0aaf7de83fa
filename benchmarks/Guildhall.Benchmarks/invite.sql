\set inviter :first + random(0, :tenants - 1)
\set invitee :first + random(0, :tenants - 1)
\set i 10000000000 + ((:inviter * 2654435761) & 4294967295)
\set j 10000000000 + ((:invitee * 2654435761) & 4294967295)
\startpipeline
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT id, account_id, account_name, project_id, name, blockchain_type, consensus, sign_algorithm, edition, fabric_version, is_invitee, database_type, cluster_type, trusted_computing, created_at, deleted_at, organizations FROM services WHERE project_id = 'project00000000000000' || :i AND id = '5e7f1ce0-0000-4000-8000-0' || :i AND deleted_at IS NULL;
SELECT name, description, created_at, peers FROM channels WHERE service_id = '5e7f1ce0-0000-4000-8000-0' || :i AND name = 'channel';
SELECT id, name FROM accounts WHERE disabled_at IS NULL AND name IN ('tenant-' || :j);
SELECT id, channel_name, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_id, inviter_service_name, invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name, state, trusted_computing, organizations, invited_at, changed_at, join_operation_id, leave_operation_id, is_read, is_hidden, removed_at, removed_by, version FROM memberships WHERE inviter_service_id = '5e7f1ce0-0000-4000-8000-0' || :i AND channel_name = 'channel' AND invitee_account_name IN ('tenant-' || :j) AND (removed_at IS NULL OR removed_at >= 9000000000000) ORDER BY id;
SELECT DISTINCT invitee_account_id FROM memberships WHERE inviter_service_id = '5e7f1ce0-0000-4000-8000-0' || :i AND removed_at IS NULL AND state IN ('waiting', 'joining', 'agreed', 'quitting');
INSERT INTO memberships (inviter_service_id, id, channel_name, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_name, invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name, state, organizations, trusted_computing, invited_at, changed_at, is_read, is_hidden, version) VALUES ('5e7f1ce0-0000-4000-8000-0' || :i, gen_random_uuid()::text, 'channel', 'account00000000000000' || :i, 'tenant-' || :i, 'project00000000000000' || :i, 'service', gen_random_uuid()::text, 'tenant-' || :j, '', '', '', 'waiting', '[]', 0, 1700000000000, 1700000000000, 0, 0, 0);
INSERT INTO requests (project_id, key, fingerprint, answer, at) VALUES ('project00000000000000' || :i, gen_random_uuid()::text, '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', '{}', 1700000000000) ON CONFLICT (project_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, answer = excluded.answer, at = excluded.at WHERE requests.at <= 0;
COMMIT;
\endpipeline
