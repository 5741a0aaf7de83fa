namespace Guildhall.Memberships;

/// <summary>What an account has been invited to, as far as it decides whether it may be invited to more. No number is above the quota that it is for.</summary>
/// <param name="AccountName">The invitee.</param>
/// <param name="Open">Invitations of all accounts that wait for its answer.</param>
/// <param name="OpenOfInviter">Those of the inviter.</param>
/// <param name="Lately">The inviter's invitations of the last <see cref="InvitationQuotas.Period"/>, whatever became of them.</param>
/// <param name="OldestLately">When the oldest of them was made.</param>
public sealed record Inbox(string AccountName, long Open, long OpenOfInviter, long Lately, DateTimeOffset? OldestLately);

/// <summary>How many invitations one account may send another, and how many may wait for it.</summary>
public static class InvitationQuotas
{
    /// <summary>Within which invitations are counted.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(24);

    /// <summary>How many invitations of an inviter may wait for an account for which too many of others wait: as many as an enterprise service has channels.</summary>
    public const int Reserved = 4;

    /// <summary>How many inviters may decide at the same moment without being kept apart.</summary>
    private const int AtTheSameMoment = 256;

    /// <summary>Why the inviter may not send another invitation; null when it may.</summary>
    public static Refusal? WhyNot(Inbox inbox, Quotas quotas, DateTimeOffset now)
    {
        if (quotas.OpenInvitationsPerInviter is > 0 and var open && inbox.OpenOfInviter >= open)
        {
            return Refusal.InboxFull.Because($"{inbox.OpenOfInviter} invitations of this account wait for an answer of {inbox.AccountName}, and {open} may");
        }

        if (quotas.OpenInvitations is > 0 and var all && inbox.Open >= all && inbox.OpenOfInviter >= Reserved)
        {
            return Refusal.InboxFull.Because($"{inbox.OpenOfInviter} of those that wait for an answer of {inbox.AccountName} are of this account, and there are too many in all");
        }

        if (quotas.InvitationsPerDay is > 0 and var daily && inbox.Lately >= daily && inbox.OldestLately is { } oldest)
        {
            var wait = oldest + Period - now;
            var seconds = Math.Ceiling(wait.TotalSeconds);
            var refusal = Refusal.InvitedTooOften.Because($"this account may invite {inbox.AccountName} {daily} times within {Period.TotalHours} hours; try again in {seconds} s");
            return refusal with { RetryAfter = wait };
        }

        return null;
    }

    /// <summary>Whether those who invite the account at the same moment could together exceed what may wait for it.</summary>
    public static bool IsCrowded(Inbox inbox, Quotas quotas) => quotas.OpenInvitations > 0 && inbox.Open + AtTheSameMoment > quotas.OpenInvitations;
}
