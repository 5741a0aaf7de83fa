-- Times are UTC milliseconds, booleans 0 or 1, texts compare byte by byte. Keys begin with the tenant's or the service's key.

CREATE TABLE accounts (
    id          text   NOT NULL PRIMARY KEY,
    name        text   NOT NULL UNIQUE,
    disabled_at bigint,
    created_at  bigint NOT NULL
);

CREATE TABLE projects (
    account_id  text   NOT NULL REFERENCES accounts (id),
    id          text   NOT NULL,
    name        text   NOT NULL,
    disabled_at bigint,
    created_at  bigint NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, name)
);
CREATE UNIQUE INDEX projects_by_id ON projects (id);

CREATE TABLE users (
    account_id    text   NOT NULL REFERENCES accounts (id),
    id            text   NOT NULL,
    name          text   NOT NULL,
    role          text   NOT NULL CHECK (role IN ('admin', 'reader')),
    password_hash text   NOT NULL,
    disabled_at   bigint,
    created_at    bigint NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, name)
);
CREATE UNIQUE INDEX users_by_id ON users (id);

-- The signature is keyed with the secret, so a hash would not do. It is sealed from step 11 on.
CREATE TABLE access_keys (
    access_key  text   NOT NULL PRIMARY KEY,
    secret_key  text   NOT NULL,
    account_id  text   NOT NULL,
    user_id     text   NOT NULL,
    description text   NOT NULL,
    disabled_at bigint,
    created_at  bigint NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);
CREATE INDEX access_keys_by_user ON access_keys (account_id, user_id);

-- A token is stored as the lower-hex SHA-256 of its text. Scope: a project, the account (domain), or neither.
CREATE TABLE tokens (
    hash             text   NOT NULL PRIMARY KEY,
    account_id       text   NOT NULL,
    user_id          text   NOT NULL,
    project_id       text,
    is_domain_scoped bigint NOT NULL CHECK (is_domain_scoped IN (0, 1)),
    issued_at        bigint NOT NULL,
    expires_at       bigint NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id)
);
CREATE INDEX tokens_by_user ON tokens (account_id, user_id);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

CREATE TABLE services (
    project_id        text   NOT NULL,
    id                text   NOT NULL,
    account_id        text   NOT NULL REFERENCES accounts (id),
    account_name      text   NOT NULL,
    name              text   NOT NULL,
    blockchain_type   text   NOT NULL CHECK (blockchain_type IN ('union', 'private')),
    consensus         text   NOT NULL,
    sign_algorithm    text   NOT NULL,
    edition           bigint NOT NULL CHECK (edition IN (2, 3, 4)),
    fabric_version    text   NOT NULL,
    is_invitee        bigint NOT NULL CHECK (is_invitee IN (0, 1)),
    database_type     text   NOT NULL,
    cluster_type      text   NOT NULL,
    trusted_computing bigint NOT NULL CHECK (trusted_computing IN (0, 1)),
    organizations     text   NOT NULL,
    created_at        bigint NOT NULL,
    deleted_at        bigint,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX services_by_name ON services (project_id, name) WHERE deleted_at IS NULL;

CREATE TABLE channels (
    service_id  text   NOT NULL,
    name        text   NOT NULL,
    description text   NOT NULL,
    peers       text   NOT NULL,
    created_at  bigint NOT NULL,
    PRIMARY KEY (service_id, name)
);

-- The invitee's columns are empty until it agrees. A removed row only answers repeated requests and the invitee's inbox.
CREATE TABLE memberships (
    inviter_service_id   text   NOT NULL,
    id                   text   NOT NULL,
    channel_name         text   NOT NULL,
    inviter_account_id   text   NOT NULL,
    inviter_account_name text   NOT NULL,
    inviter_project_id   text   NOT NULL,
    inviter_service_name text   NOT NULL,
    invitee_account_id   text   NOT NULL,
    invitee_account_name text   NOT NULL,
    invitee_project_id   text   NOT NULL,
    invitee_service_id   text   NOT NULL,
    invitee_service_name text   NOT NULL,
    state                text   NOT NULL CHECK (state IN ('waiting', 'reject', 'joining', 'agreed', 'quitting', 'quit', 'released', 'canceled')),
    trusted_computing    bigint NOT NULL CHECK (trusted_computing IN (0, 1)),
    organizations        text   NOT NULL,
    invited_at           bigint NOT NULL,
    changed_at           bigint NOT NULL,
    join_operation_id    text,
    leave_operation_id   text,
    is_read              bigint NOT NULL CHECK (is_read IN (0, 1)),
    is_hidden            bigint NOT NULL CHECK (is_hidden IN (0, 1)),
    removed_at           bigint,
    removed_by           text,
    version              bigint NOT NULL,
    PRIMARY KEY (inviter_service_id, id),
    CHECK (inviter_account_id <> invitee_account_id),
    CHECK (state NOT IN ('joining', 'agreed', 'quitting', 'quit') OR (invitee_service_id <> '' AND join_operation_id IS NOT NULL)),
    CHECK (state NOT IN ('quitting', 'quit') OR leave_operation_id IS NOT NULL)
);
CREATE UNIQUE INDEX memberships_current ON memberships (inviter_service_id, channel_name, invitee_account_id) WHERE removed_at IS NULL;
CREATE INDEX memberships_by_inviter ON memberships (inviter_project_id, id);
CREATE INDEX memberships_by_invitee ON memberships (invitee_account_id, id);
CREATE INDEX memberships_by_invitee_service ON memberships (invitee_service_id, state) WHERE invitee_service_id <> '';

-- What ListOpRecord shows. Steps are JSON, in the order they run.
CREATE TABLE operations (
    project_id    text   NOT NULL,
    id            text   NOT NULL,
    type          text   NOT NULL,
    account_id    text   NOT NULL,
    service_id    text   NOT NULL,
    service_name  text   NOT NULL,
    cluster_type  text   NOT NULL,
    status        text   NOT NULL CHECK (status IN ('waiting', 'processing', 'finished', 'failed', 'stop')),
    description   text   NOT NULL,
    steps         text   NOT NULL,
    recorded_at   bigint NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX operations_by_id ON operations (id);

-- Work to do after the change that asked for it: written in its transaction, done at least once, in order per membership.
CREATE TABLE outbox (
    id                 text   NOT NULL PRIMARY KEY,
    inviter_service_id text   NOT NULL,
    membership_id      text   NOT NULL,
    operation_project  text   NOT NULL,
    operation_id       text   NOT NULL,
    work               text   NOT NULL CHECK (work IN ('join', 'leave')),
    attempt            bigint NOT NULL,
    due_at             bigint NOT NULL,
    UNIQUE (inviter_service_id, membership_id)
);
CREATE INDEX outbox_by_due ON outbox (due_at);

CREATE TABLE settings (
    name  text NOT NULL PRIMARY KEY,
    value text NOT NULL
);
