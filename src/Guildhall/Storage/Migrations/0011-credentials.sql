-- A credential reaches no further than what made it: a key made with a project's token is the project's, and ends with the key that made it.
ALTER TABLE access_keys ADD COLUMN project_id text;
ALTER TABLE access_keys ADD COLUMN made_with text;
CREATE INDEX access_keys_by_maker ON access_keys (made_with);

-- The console's sessions may act in every project of their user; a token of the API, which is bound to its scope, is no session.
ALTER TABLE tokens ADD COLUMN is_session bigint NOT NULL DEFAULT 0 CHECK (is_session IN (0, 1));
