using Guildhall.Networks;

namespace Guildhall.Storage;

internal static class PossessionRows
{
    /// <summary>The challenges that were last made for the service's organizations, one each at most.</summary>
    public static Task<List<PossessionChallenge>> ListChallengesAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            "SELECT name, msp_id, challenge, challenge_until FROM attached_organizations WHERE service_id = @service AND challenge IS NOT NULL ORDER BY name",
            row => new PossessionChallenge(row.Text(0), row.Text(1), row.Text(2), row.Time(3)),
            [("service", serviceId)],
            cancellationToken);

    /// <summary>Keeps the challenge, in place of an earlier one.</summary>
    public static Task SaveAsync(this Transaction transaction, string serviceId, PossessionChallenge challenge, CancellationToken cancellationToken) =>
        transaction.ChangeAsync(
            "UPDATE attached_organizations SET challenge = @text, challenge_until = @until WHERE service_id = @service AND name = @name",
            [("text", challenge.Text), ("until", challenge.Until), ("service", serviceId), ("name", challenge.Organization)],
            cancellationToken);

    /// <summary>Writes down that the organization is the service's own. The challenge is used up.</summary>
    public static Task SaveProvenAsync(this Transaction transaction, string serviceId, string organization, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.ChangeAsync(
            "UPDATE attached_organizations SET proven_at = @now, challenge = NULL, challenge_until = NULL WHERE service_id = @service AND name = @name",
            [("now", now), ("service", serviceId), ("name", organization)],
            cancellationToken);
}
