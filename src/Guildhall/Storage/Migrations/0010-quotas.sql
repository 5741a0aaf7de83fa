-- What one account has sent another: what waits for an answer, and all the rest. An invitation is in one of them, and moves when it is answered or withdrawn.
CREATE INDEX memberships_waiting ON memberships (invitee_account_name, inviter_account_id, invited_at) WHERE state = 'waiting' AND removed_at IS NULL;
CREATE INDEX memberships_settled ON memberships (invitee_account_name, inviter_account_id, invited_at) WHERE NOT (state = 'waiting' AND removed_at IS NULL);

-- At most how many accounts hold a place in an inviter's service: they are counted only where this is too many.
CREATE TABLE places (
    service_id text   NOT NULL PRIMARY KEY,
    taken      bigint NOT NULL
);

-- The newest tokens of a user, and the newest keys of an account.
DROP INDEX tokens_by_user;
CREATE INDEX tokens_by_user ON tokens (account_id, user_id, issued_at);
ALTER TABLE requests ADD COLUMN account_id text NOT NULL DEFAULT '';
CREATE INDEX requests_by_account ON requests (account_id, at);

-- What waits for a project's signature.
CREATE INDEX signature_requests_waiting ON signature_requests (project_id) WHERE state = 'waiting';
