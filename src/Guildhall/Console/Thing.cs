using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Console;

/// <summary>What a form changes. Its version is made of what pages show of it, so that a form is done only while that still holds.</summary>
/// <param name="FindVersionAsync">Of the thing as it is now, for the caller of the request; null where there is none.</param>
internal sealed record Thing(Func<ConsoleRequest, Transaction, CancellationToken, Task<string?>> FindVersionAsync)
{
    public static Thing Member(string inviterServiceId, string id) => new(async (_, transaction, cancellationToken) =>
        await transaction.HoldMembershipAsync(inviterServiceId, id, cancellationToken) is { } found ? VersionOf(found) : null);

    public static Thing Invitation(string id) => new(async (request, transaction, cancellationToken) =>
        await transaction.FindNotificationAsync(request.Caller.AccountId, request.Caller.ProjectId, id, cancellationToken) is { } found
            ? await Member(found.Inviter.ServiceId, id).FindVersionAsync(request, transaction, cancellationToken)
            : null);

    /// <summary>An organization's request for a signature, with the update that is to be signed.</summary>
    public static Thing Signature(string id) => new(async (request, transaction, cancellationToken) =>
    {
        try
        {
            return await transaction.FindRequestAsync(request.Caller.ProjectId, id, cancellationToken) is { } asked
                && await transaction.FindEnactmentAsync(asked.InviterServiceId, asked.OperationId, cancellationToken) is { } enactment
                    ? VersionOf(asked, enactment)
                    : null;
        }
        catch (FabricException)
        {
            return null; // prepared when less was looked at: no page shows it, and the page that is shown instead says why
        }
    });

    /// <summary>A service and its organizations.</summary>
    public static Thing Service(string id) => new(async (request, transaction, cancellationToken) =>
        await transaction.FindServiceAsync(request.Caller.ProjectId, id, cancellationToken) is { } service ? VersionOf(service) : null);

    /// <summary>A service with all that ends with it.</summary>
    public static Thing WholeService(string id) => new(async (request, transaction, cancellationToken) =>
        await transaction.FindServiceViewAsync(request.Caller.ProjectId, id, cancellationToken) is { } view
            ? VersionOf(new ServiceOverview(view, await transaction.CountMembersAsync(id, channelName: null, Reach.Rows, cancellationToken)))
            : null);

    /// <summary>What a service is on its network, also where that is nothing yet.</summary>
    public static Thing Network(string serviceId) => new(async (request, transaction, cancellationToken) =>
        await transaction.FindServiceAsync(request.Caller.ProjectId, serviceId, cancellationToken) is { } service
            ? VersionOf(service, await transaction.FindAttachmentAsync(serviceId, cancellationToken), await transaction.FindAutomaticAsync(serviceId, cancellationToken))
            : null);

    public static Thing Channel(string serviceId, string name) => new(async (_, transaction, cancellationToken) =>
        await transaction.FindChannelAsync(serviceId, name, cancellationToken) is { } channel ? VersionOf(channel) : null);

    public static Thing Account(string id) => new(async (_, transaction, cancellationToken) =>
        await transaction.FindAccountByIdAsync(id, cancellationToken) is { } account ? VersionOf(account) : null);

    public static Thing Project(string accountId, string id) => new(async (_, transaction, cancellationToken) =>
        await transaction.FindProjectAsync(accountId, id, cancellationToken) is { } project ? VersionOf(project) : null);

    public static Thing User(string accountId, string id) => new(async (_, transaction, cancellationToken) =>
        await transaction.FindUserAsync(accountId, id, cancellationToken) is { } user ? VersionOf(user) : null);

    public static Thing AccessKey(string accessKey) => new(async (_, transaction, cancellationToken) =>
        await transaction.FindAccessKeyAsync(accessKey, cancellationToken) is { } key ? VersionOf(key) : null);

    /// <remarks>Not whether it was read or is hidden: opening an invitation marks it read, and that is no other invitation.</remarks>
    public static string VersionOf(Membership membership) => Of(
        membership.Id, membership.State, membership.ChangedAt, membership.RemovedAt, membership.Reason, membership.Invitee.ServiceId, membership.LeaveOperationId,
        All(membership.Organizations, one => $"{one.Name} {one.NodeCount}"));

    public static string VersionOf(SignatureRequest asked, Enactment enactment) =>
        Of(asked.Id, asked.State, asked.Round, asked.Reason, asked.ApprovedDigest, enactment.Update.Digest);

    public static string VersionOf(Service service) =>
        Of(service.Id, service.Name, service.DeletedAt, All(service.Organizations, one => $"{one.Name} {one.NodeCount}"));

    public static string VersionOf(ServiceOverview whole) => Of(
        VersionOf(whole.View.Service),
        All(whole.View.Own, VersionOf),
        All(whole.View.Serving, VersionOf),
        All(whole.Members.Counts.OrderBy(one => one.ChannelName, StringComparer.Ordinal).ThenBy(one => one.State), one => $"{one.ChannelName} {one.State} {one.Count}"));

    public static string VersionOf(Service service, Attachment? attachment, AutomaticSignatures automatic) => Of(
        VersionOf(service),
        attachment?.AttachedAt,
        attachment is null ? null : All(attachment.Organizations, one => $"{one.Name} {one.Msp.MspId} {one.ProvenAt?.UtcTicks}"),
        All(automatic.Channels, one => $"{one.ChannelName} {one.Joins} {one.Leaves} {one.Until?.UtcTicks} {one.PerDay}"));

    public static string VersionOf(Channel channel) =>
        Of(channel.Name, channel.CreatedAt, channel.Description, All(channel.Peers, one => $"{one.Name} {one.NodeCount}"));

    public static string VersionOf(AccountEntry account) => Of(account.Id, account.Name, account.DisabledAt);

    public static string VersionOf(ProjectEntry project) => Of(project.Id, project.Name, project.DisabledAt);

    public static string VersionOf(UserEntry user) => Of(user.Id, user.Name, user.Role, user.DisabledAt);

    public static string VersionOf(AccessKeyEntry key) => Of(key.AccessKey, key.Description, key.DisabledAt);

    private static string All<T>(IEnumerable<T> things, Func<T, string> tell) => string.Join('\r', things.Select(tell));

    /// <remarks>Names have no line ends, so that no two states read alike. A digest: reasons of others and the like are not carried around by forms.</remarks>
    private static string Of(params object?[] facts) => Sha256.Hex(string.Join('\n', facts.Select(fact => fact is DateTimeOffset at ? $"{at.ToUnixTimeMilliseconds()}" : $"{fact}")))[..32];
}
