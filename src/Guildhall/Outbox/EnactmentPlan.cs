using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;

namespace Guildhall.Outbox;

/// <summary>The steps by which organizations come into a channel or go out of it, in Fabric's words.</summary>
public static class EnactmentPlan
{
    public const string Prepare = "Preparation";
    public const string UpdateChannel = "UpdateChannel";
    public const string MovePeers = "Peers";
    public const string Verify = "Verification";

    public static ImmutableArray<OperationStep> Of(WorkKind kind, Membership membership)
    {
        var names = string.Join(", ", membership.Organizations.Select(organization => organization.Name));
        return kind == WorkKind.Join
            ?
            [
                OperationStep.Planned(Prepare, "Read the channel's configuration and prepare its update"),
                OperationStep.Planned(UpdateChannel, $"Add {names} to channel {membership.ChannelName}"),
                OperationStep.Planned(MovePeers, $"Join the peers of {names}"),
                OperationStep.Planned(Verify, "See the organizations in the channel"),
            ]
            :
            [
                OperationStep.Planned(Prepare, "Read the channel's configuration and prepare its update"),
                OperationStep.Planned(UpdateChannel, $"Take {names} out of channel {membership.ChannelName}"),
                OperationStep.Planned(Verify, "See the organizations gone from the channel"),
            ];
    }
}
