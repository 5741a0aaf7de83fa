namespace Guildhall.Memberships;

/// <summary>How much of what lasts one tenant may take. 0 is for as much as it likes. docs/decisions/quotas.md says why.</summary>
public sealed record Quotas
{
    /// <summary>For those who try things out, and for their test suites.</summary>
    public static readonly Quotas None = new();

    /// <summary>What <c>guildhall serve</c> has unless it is set otherwise: more than people and their programs use.</summary>
    public static readonly Quotas Ordinary = new()
    {
        InvitationsPerDay = 100,
        OpenInvitationsPerInviter = 50,
        OpenInvitations = 500,
        WritesPerHour = 3600,
        WriteBurst = 10_000,
        IdempotencyKeys = 10_000,
        TokensPerUser = 1000,
    };

    /// <summary>Invitations of one account to one other within 24 hours, whatever became of them.</summary>
    public int InvitationsPerDay { get; init; }

    /// <summary>Invitations of one account that wait for an answer of one other.</summary>
    public int OpenInvitationsPerInviter { get; init; }

    /// <summary>Invitations of all accounts that wait for an answer of one; see <see cref="InvitationQuotas.Reserved"/>.</summary>
    public int OpenInvitations { get; init; }

    /// <summary>Rows that the writes of one account may add in an hour, in each replica, after its burst.</summary>
    public int WritesPerHour { get; init; }

    /// <summary>Rows that they may add at once after a rest.</summary>
    public int WriteBurst { get; init; } = 1;

    /// <summary>Idempotency keys of one account that are remembered.</summary>
    public int IdempotencyKeys { get; init; }

    /// <summary>Tokens of one user. A further one ends the oldest.</summary>
    public int TokensPerUser { get; init; }

    public bool LimitsInvitations => InvitationsPerDay > 0 || OpenInvitationsPerInviter > 0 || OpenInvitations > 0;
}
