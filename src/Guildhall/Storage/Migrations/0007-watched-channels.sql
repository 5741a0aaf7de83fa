-- What came of holding each channel of an attached service against the register. A row without a state waits for its first look.
CREATE TABLE watched_channels (
    service_id   text   NOT NULL,
    channel_name text   NOT NULL,
    due_at       bigint NOT NULL,
    state        text CHECK (state IN ('true', 'drifted', 'unreadable')),
    sequence     bigint,
    findings     text,
    problem      text,
    checked_at   bigint,
    since        bigint,
    PRIMARY KEY (service_id, channel_name)
);
