-- Writes that carried an Idempotency-Key, and what they were answered, so that one that is sent again changes nothing. Kept for a day.
CREATE TABLE requests (
    project_id  text   NOT NULL,
    key         text   NOT NULL,
    fingerprint text   NOT NULL,
    answer      text   NOT NULL,
    at          bigint NOT NULL,
    PRIMARY KEY (project_id, key)
);
CREATE INDEX requests_by_age ON requests (at);
