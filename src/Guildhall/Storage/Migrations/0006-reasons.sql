-- Why an invitee rejected, in its own words; null where it gave none.
ALTER TABLE memberships ADD COLUMN reason text;
