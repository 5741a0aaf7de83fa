using System.Collections.Immutable;
using Guildhall.Services;

namespace Guildhall.Memberships;

/// <summary>An invitee's place in one channel of one inviter's service, from the invitation to the end.</summary>
/// <param name="Id">Random and rising with time: the order of ids is the order of invitations.</param>
/// <param name="Organizations">The invitee's organizations that come with it; empty until it agrees.</param>
/// <param name="JoinOperationId">The operation that enacts the join, once agreed.</param>
/// <param name="LeaveOperationId">The operation that enacts the quit, once asked for.</param>
/// <param name="RemovedAt">When the record left the members list; it then only answers repeated requests and shows in the invitee's inbox.</param>
/// <param name="RemovedBy">The project that removed it; empty when a new invitation took its place or its service was deleted.</param>
/// <param name="Reason">Why the invitee rejected, in its own words; null where it gave none.</param>
/// <param name="Version">Guards the update: whoever read an older version looks again.</param>
public sealed record Membership(
    string Id,
    string ChannelName,
    Party Inviter,
    Party Invitee,
    MembershipState State,
    bool TrustedComputing,
    ImmutableArray<MemberOrganization> Organizations,
    DateTimeOffset InvitedAt,
    DateTimeOffset ChangedAt,
    string? JoinOperationId = null,
    string? LeaveOperationId = null,
    bool IsRead = false,
    bool IsHidden = false,
    DateTimeOffset? RemovedAt = null,
    string? RemovedBy = null,
    string? Reason = null,
    long Version = 0)
{
    /// <summary>The membership after the action, or why the action is refused.</summary>
    public Result<Membership> Take(MembershipAction action, DateTimeOffset now)
    {
        if (State.Next(action).IsRefused(out var refusal, out var next))
        {
            return refusal.Because($"the membership of {Invitee.AccountName} in channel {ChannelName} is {State.ToWire()}");
        }

        return next == State ? this : this with { State = next, ChangedAt = now };
    }

    /// <summary>The membership with the service and the organizations of it that its invitee agrees with.</summary>
    public Membership With(Service service, ImmutableArray<string> organizations) => this with
    {
        Invitee = Party.Of(service),
        Organizations =
        [
            .. organizations.Select(name => service.Organizations.First(organization => organization.Name == name))
                .Select(organization => new MemberOrganization(organization.Name, organization.NodeCount)),
        ],
        IsRead = true,
    };
}

/// <summary>An organization of the invitee in the channel, and how many peers it brings.</summary>
public sealed record MemberOrganization(string Name, int NodeCount);
