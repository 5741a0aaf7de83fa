-- What keys that are kept here sign, and for which channels.

-- What the asked account has told its kept key to sign: the digest of the update that it was shown. And why the key has not signed, where it might have.
ALTER TABLE signature_requests ADD COLUMN approved_digest text;
ALTER TABLE signature_requests ADD COLUMN held_back text;

-- When the service's account last said for which changes of others its kept keys sign without being asked; null when it never has.
ALTER TABLE attachments ADD COLUMN automatic_set_at bigint;

-- Those changes, by channel; and how many were signed so on the last day on which any was, counted in days since 1970.
CREATE TABLE automatic_signatures (
    service_id   text   NOT NULL,
    channel_name text   NOT NULL,
    joins        bigint NOT NULL CHECK (joins IN (0, 1)),
    leaves       bigint NOT NULL CHECK (leaves IN (0, 1)),
    until        bigint,
    per_day      bigint NOT NULL,
    day          bigint NOT NULL DEFAULT 0,
    signed       bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (service_id, channel_name)
);

-- The chain that a channel of an attached service is: the first block that was seen of it. Another hash that was seen since is kept beside it. And
-- the newest configuration that was seen through the service's own nodes and believed, by which the next one's signatures are judged.
CREATE TABLE network_bindings (
    service_id   text   NOT NULL,
    channel_name text   NOT NULL,
    block        bigint NOT NULL,
    hash         text   NOT NULL,
    other_hash   text,
    bound_at     bigint NOT NULL,
    config_block bigint,
    config       text,
    PRIMARY KEY (service_id, channel_name)
);
