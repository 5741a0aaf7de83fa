-- What services are on their Fabric networks. Everything but the sealed keys is public; texts in JSON or base64 are read and written as a whole.

-- The network that a service's channels are on, as a connection profile with every certificate written out.
CREATE TABLE attachments (
    service_id  text   NOT NULL PRIMARY KEY,
    profile     text   NOT NULL,
    attached_at bigint NOT NULL
);

-- A service's organization as Fabric knows it, and in whose names Guildhall may act for it.
CREATE TABLE attached_organizations (
    service_id    text NOT NULL,
    name          text NOT NULL,
    msp_id        text NOT NULL,
    msp           text NOT NULL,
    administrator text,
    client        text,
    PRIMARY KEY (service_id, name),
    UNIQUE (service_id, msp_id)
);

-- A change of a channel that is under way. One at a time is open per channel of a service.
CREATE TABLE enactments (
    inviter_service_id text   NOT NULL,
    operation_id       text   NOT NULL,
    channel_name       text   NOT NULL,
    is_open            bigint NOT NULL CHECK (is_open IN (0, 1)),
    round              bigint NOT NULL,
    config             text   NOT NULL,
    block              bigint NOT NULL,
    update_bytes       text   NOT NULL,
    prepared_at        bigint NOT NULL,
    PRIMARY KEY (inviter_service_id, operation_id)
);
CREATE UNIQUE INDEX enactments_open ON enactments (inviter_service_id, channel_name) WHERE is_open = 1;

-- Who is asked to sign such a change, and what was answered. The project is that of the organization, or the inviter's where nobody has attached it.
CREATE TABLE signature_requests (
    project_id         text   NOT NULL,
    id                 text   NOT NULL,
    inviter_service_id text   NOT NULL,
    operation_id       text   NOT NULL,
    channel_name       text   NOT NULL,
    msp_id             text   NOT NULL,
    round              bigint NOT NULL,
    state              text   NOT NULL CHECK (state IN ('waiting', 'given', 'declined', 'closed')),
    signature          text,
    reason             text,
    asked_at           bigint NOT NULL,
    answered_at        bigint,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX signature_requests_by_operation ON signature_requests (inviter_service_id, operation_id, msp_id);
