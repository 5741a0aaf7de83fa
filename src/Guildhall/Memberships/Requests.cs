using System.Collections.Immutable;

namespace Guildhall.Memberships;

/// <summary>Accounts to invite to one channel.</summary>
public sealed record Invitations(string ServiceId, string ChannelName, ImmutableArray<string> AccountNames);

/// <summary>The invitee's answer. Without an agreement it is a no.</summary>
/// <param name="Reason">Why it is a no, for the inviter to read; null for none.</param>
public sealed record InvitationAnswer(
    string ChannelName, string InviterServiceId, string InviterProjectId, string InviterAccountId, Agreement? Agreement, string? Reason = null)
{
    /// <summary>The most characters of a reason.</summary>
    public const int MaxReasonLength = 256;

    /// <summary>Whether the ids in the answer are the invitation's own.</summary>
    public bool Names(Membership invitation) =>
        invitation.Inviter.ProjectId == InviterProjectId && invitation.Inviter.AccountId == InviterAccountId;
}

/// <summary>With which service and which of its organizations the invitee joins.</summary>
public sealed record Agreement(string ServiceId, ImmutableArray<string> Organizations);

/// <summary>Which membership to quit.</summary>
public sealed record Quitting(
    string InviterServiceId, string InviterProjectId, string InviterAccountId, string ChannelName, string InviteeServiceId)
{
    /// <summary>Whether the ids in the request are the membership's own.</summary>
    public bool Names(Membership membership) =>
        membership.Inviter.ProjectId == InviterProjectId
        && membership.Inviter.AccountId == InviterAccountId
        && membership.Invitee.ServiceId == InviteeServiceId;
}

/// <summary>Invitations to withdraw, or finished records to clear, of one channel.</summary>
public sealed record Deletions(string ServiceId, string ChannelName, ImmutableArray<Deletion> Invitees);

/// <summary>One of <see cref="Deletions"/>.</summary>
/// <param name="State">What the caller believes the state to be; checked when given.</param>
/// <param name="InviteeServiceId">What the caller believes the invitee's service to be; checked when given.</param>
public sealed record Deletion(string AccountName, MembershipState? State, string? InviteeServiceId)
{
    /// <summary>The membership that is meant: the current one, or else the one that the same caller has just removed.</summary>
    /// <param name="standing">The account's current membership and the last one that was removed, where that is not long ago.</param>
    public Result<Membership> Choose(IEnumerable<Membership> standing, string callerProjectId)
    {
        var current = standing.FirstOrDefault(membership => membership.RemovedAt is null);
        var repeated = standing.LastOrDefault(membership =>
            membership.RemovedAt is not null && membership.RemovedBy == callerProjectId && WhyNot(membership) is null);
        return (current, repeated) switch
        {
            (not null, _) when WhyNot(current) is null => current,
            (_, not null) => repeated,
            (not null, _) => WhyNot(current)!,
            _ => Refusal.InvitationNotFound.Because($"{Refusal.Quote(AccountName)} is not invited to this channel"),
        };
    }

    private Refusal? WhyNot(Membership membership)
    {
        var hadJoined = membership.State is MembershipState.Left or MembershipState.Dissolved;
        return this switch
        {
            { State: { } state } when state != membership.State => Refusal.ParameterInvalid.Because(
                $"invited_userinfo.status says {state.ToWire()}, but the invitation of {membership.Invitee.AccountName} is {membership.State.ToWire()}"),
            { State: null } when hadJoined => Refusal.ParameterMissing.Because(
                $"invited_userinfo.status is required for {membership.Invitee.AccountName}, who had joined (it is {membership.State.ToWire()})"),
            { InviteeServiceId: null } when hadJoined => Refusal.ParameterMissing.Because(
                $"invited_userinfo.invited_bcs_id is required for {membership.Invitee.AccountName}, who had joined"),
            { InviteeServiceId: { } service } when service != "" && service != membership.Invitee.ServiceId => Refusal.ParameterInvalid.Because(
                $"invited_userinfo.invited_bcs_id is not the service that {membership.Invitee.AccountName} joined with"),
            _ => null,
        };
    }
}
