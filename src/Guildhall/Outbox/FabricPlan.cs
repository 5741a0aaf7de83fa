using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;

namespace Guildhall.Outbox;

/// <summary>The steps by which organizations come into a channel of Fabric, or go out of it.</summary>
internal static class FabricPlan
{
    public const string Read = "ReadChannel";
    public const string Check = "Preflight";
    public const string Prepare = "Preparation";
    public const string Sign = "Signatures";
    public const string Submit = "UpdateChannel";
    public const string Confirm = "Confirmation";
    public const string Peers = "Peers";
    public const string Verify = "Verification";

    public static ImmutableArray<OperationStep> Of(WorkKind kind, Membership membership)
    {
        var names = string.Join(", ", membership.Organizations.Select(organization => organization.Name));
        var channel = membership.ChannelName;
        OperationStep[] change =
        [
            OperationStep.Planned(Read, $"Read the configuration of channel {channel}"),
            OperationStep.Planned(Check, "See that nothing speaks against the change"),
            OperationStep.Planned(Prepare, "Prepare the update that is to be signed"),
            OperationStep.Planned(Sign, "Collect the signatures that the channel's policies ask for"),
            OperationStep.Planned(Submit, kind == WorkKind.Join ? $"Add {names} to channel {channel}" : $"Take {names} out of channel {channel}"),
            OperationStep.Planned(Confirm, "See the update in a block"),
        ];
        return kind == WorkKind.Join
            ? [.. change, OperationStep.Planned(Peers, $"Join the peers of {names}"), OperationStep.Planned(Verify, "See the organizations in the channel")]
            : [.. change, OperationStep.Planned(Verify, "See the organizations gone from the channel; what their peers have of it stays with them")];
    }
}
