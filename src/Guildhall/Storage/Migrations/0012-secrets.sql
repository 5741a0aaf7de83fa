-- An account's secrets are sealed with its data key, and data keys are wrapped with the store's key, which is not in the store.
CREATE TABLE data_keys (
    account_id text   NOT NULL REFERENCES accounts (id),
    number     bigint NOT NULL,
    wrapped    text   NOT NULL,
    store_key  text   NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (account_id, number)
);
CREATE INDEX data_keys_by_store_key ON data_keys (store_key);

-- Keys of the store that a program of the operator's has wrapped. Those in files are not here.
CREATE TABLE store_keys (
    id         text   NOT NULL PRIMARY KEY,
    wrapped    text   NOT NULL,
    created_at bigint NOT NULL
);

-- The number of the data key that seals the secret; null while it is not sealed yet, which the first start puts right.
ALTER TABLE access_keys ADD COLUMN data_key bigint;
