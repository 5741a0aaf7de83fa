-- Whose claim on the work holds, and until when; empty and 0 when it is nobody's. An older Guildhall beside this one leaves them so.
ALTER TABLE outbox ADD COLUMN claimed_by text NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN claimed_until bigint NOT NULL DEFAULT 0;
