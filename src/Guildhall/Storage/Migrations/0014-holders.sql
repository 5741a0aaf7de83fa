-- Whose an organization's place on a channel is, and who has shown that an attached organization is its own.

-- When a signature by an administrator's key of the MSP was seen; null when none was. And what is to be signed to show it, until when.
ALTER TABLE attached_organizations ADD COLUMN proven_at bigint;
ALTER TABLE attached_organizations ADD COLUMN challenge text;
ALTER TABLE attached_organizations ADD COLUMN challenge_until bigint;

-- Keys that are kept here were looked at when they were attached.
UPDATE attached_organizations
SET    proven_at = (SELECT a.attached_at FROM attachments a WHERE a.service_id = attached_organizations.service_id)
WHERE  administrator IS NOT NULL;

-- The organizations with which memberships are on their channels, or are on the way there, each with the MSP with which it began. One holder for each.
CREATE TABLE held_organizations (
    inviter_service_id text   NOT NULL,
    channel_name       text   NOT NULL,
    msp_id             text   NOT NULL,
    membership_id      text   NOT NULL,
    name               text   NOT NULL,
    msp                text   NOT NULL,
    joined_at          bigint,
    PRIMARY KEY (inviter_service_id, channel_name, msp_id)
);
CREATE INDEX held_organizations_by_membership ON held_organizations (inviter_service_id, membership_id);

-- Memberships that have joined, or whose update is prepared, hold what they are attached as: first those whose administrator's key is kept, then the others, and
-- never what the inviter is.
INSERT INTO held_organizations (inviter_service_id, channel_name, msp_id, membership_id, name, msp, joined_at)
SELECT m.inviter_service_id, m.channel_name, o.msp_id, m.id, o.name, o.msp, CASE m.state WHEN 'joining' THEN NULL ELSE m.changed_at END
FROM   attached_organizations o
JOIN   memberships m ON m.invitee_service_id = o.service_id AND m.invitee_service_id <> '' AND m.state IN ('joining', 'agreed', 'quitting')
WHERE  o.administrator IS NOT NULL AND replace(m.organizations, '"name":"' || o.name || '"', '') <> m.organizations
       AND (m.state <> 'joining' OR EXISTS (SELECT 1 FROM enactments e WHERE e.inviter_service_id = m.inviter_service_id AND e.operation_id = m.join_operation_id))
       AND NOT EXISTS (SELECT 1 FROM attached_organizations i WHERE i.service_id = m.inviter_service_id AND i.msp_id = o.msp_id)
ORDER BY m.id
ON CONFLICT (inviter_service_id, channel_name, msp_id) DO NOTHING;

INSERT INTO held_organizations (inviter_service_id, channel_name, msp_id, membership_id, name, msp, joined_at)
SELECT m.inviter_service_id, m.channel_name, o.msp_id, m.id, o.name, o.msp, CASE m.state WHEN 'joining' THEN NULL ELSE m.changed_at END
FROM   attached_organizations o
JOIN   memberships m ON m.invitee_service_id = o.service_id AND m.invitee_service_id <> '' AND m.state IN ('joining', 'agreed', 'quitting')
WHERE  o.administrator IS NULL AND replace(m.organizations, '"name":"' || o.name || '"', '') <> m.organizations
       AND (m.state <> 'joining' OR EXISTS (SELECT 1 FROM enactments e WHERE e.inviter_service_id = m.inviter_service_id AND e.operation_id = m.join_operation_id))
       AND NOT EXISTS (SELECT 1 FROM attached_organizations i WHERE i.service_id = m.inviter_service_id AND i.msp_id = o.msp_id)
ORDER BY m.id
ON CONFLICT (inviter_service_id, channel_name, msp_id) DO NOTHING;
