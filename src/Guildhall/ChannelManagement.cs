using System.Collections.Immutable;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>The operations on a service's own channels and its own organizations in them. Each is recorded as OpJoinChannel.</summary>
public sealed class ChannelManagement(Store store, TimeProvider clock, OperationIds operationIds, Limits limits)
{
    /// <summary>BatchCreateChannels: creates every channel, empty, or none.</summary>
    public Task<Result<string>> CreateAsync(
        Caller caller, string serviceId, ImmutableArray<(string Name, string Description)> wanted, CancellationToken cancellationToken) =>
        WriteAsync(
            caller,
            serviceId,
            async (transaction, service) =>
            {
                var existing = await transaction.ListChannelsAsync(service.Id, cancellationToken);
                foreach (var (name, _) in wanted)
                {
                    if (existing.Exists(channel => channel.Name == name))
                    {
                        return Refusal.ChannelExists.Because(name);
                    }
                }

                var limit = limits.Of(service.Traits.Edition).Channels;
                if (existing.Count + wanted.Length > limit)
                {
                    return Refusal.ChannelQuotaReached.Because(
                        $"{service.Traits.Edition} allows {limit}; service {service.Name} has {existing.Count}, and this would make {existing.Count + wanted.Length}");
                }

                foreach (var (name, description) in wanted)
                {
                    await transaction.AddAsync(service.Id, new Channel(name, description, clock.GetUtcNow(), []), cancellationToken);
                }

                return $"Create {string.Join(", ", wanted.Select(channel => channel.Name))}";
            },
            cancellationToken);

    /// <summary>BatchAddPeersToChannel: so many more peers of each organization join the channel.</summary>
    public Task<Result<string>> AddPeersAsync(
        Caller caller, string serviceId, string channelName, ImmutableArray<(string Organization, int Peers)> joining, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller,
            serviceId,
            channelName,
            (service, channel) => channel.Join(service, joining),
            $"Join peers of {string.Join(", ", joining.Select(one => one.Organization))} to channel {channelName}",
            cancellationToken);

    /// <summary>BatchRemovePeersFromChannel: so many peers of one organization leave the channel; one at least stays.</summary>
    public Task<Result<string>> RemovePeersAsync(
        Caller caller, string serviceId, string channelName, string organization, int peers, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller,
            serviceId,
            channelName,
            (_, channel) => channel.Leave(organization, peers),
            $"Take {peers} peers of {organization} out of channel {channelName}",
            cancellationToken);

    /// <summary>BatchRemoveOrgsFromChannel: the organizations leave the channel with all their peers.</summary>
    public Task<Result<string>> RemoveOrganizationsAsync(
        Caller caller, string serviceId, string channelName, ImmutableArray<string> organizations, CancellationToken cancellationToken) =>
        ChangeAsync(
            caller,
            serviceId,
            channelName,
            (_, channel) => channel.Leave(organizations),
            $"Take {string.Join(", ", organizations)} out of channel {channelName}",
            cancellationToken);

    /// <summary>DeleteChannel: removes a channel that nobody is in and nobody is invited to.</summary>
    public Task<Result<string>> DeleteAsync(Caller caller, string serviceId, string channelName, CancellationToken cancellationToken) =>
        WriteAsync(
            caller,
            serviceId,
            async (transaction, service) =>
            {
                if (await transaction.FindChannelAsync(service.Id, channelName, cancellationToken) is not { } channel)
                {
                    return NoChannel(service, channelName);
                }

                if (channel.Peers.FirstOrDefault() is { } organization)
                {
                    return Refusal.ChannelInUse.Because($"{organization.Name} has {organization.NodeCount} peers in channel {channel.Name}");
                }

                if (await transaction.FindPlaceAsync(service.Id, channel.Name, cancellationToken) is { } open)
                {
                    return Refusal.ChannelInUse.Because($"{open.Invitee.AccountName} is {open.State.ToWire()} in channel {channel.Name}");
                }

                await transaction.RemoveChannelAsync(service.Id, channel.Name, cancellationToken);
                return $"Delete channel {channel.Name}";
            },
            cancellationToken);

    /// <summary>Changes which of the service's own peers are in one of its channels.</summary>
    private Task<Result<string>> ChangeAsync(
        Caller caller,
        string serviceId,
        string channelName,
        Func<Service, Channel, Result<Channel>> change,
        string description,
        CancellationToken cancellationToken) =>
        WriteAsync(
            caller,
            serviceId,
            async (transaction, service) =>
            {
                if (await transaction.FindChannelAsync(service.Id, channelName, cancellationToken) is not { } channel)
                {
                    return NoChannel(service, channelName);
                }

                if (change(service, channel).IsRefused(out var refusal, out var changed))
                {
                    return refusal;
                }

                await transaction.SaveAsync(service.Id, changed, cancellationToken);
                return description;
            },
            cancellationToken);

    /// <summary>Does the work on a creator's service and records it as a finished operation, whose id it answers.</summary>
    /// <param name="work">Answers what was done, in words.</param>
    private Task<Result<string>> WriteAsync(
        Caller caller, string serviceId, Func<Transaction, Service, Task<Result<string>>> work, CancellationToken cancellationToken) =>
        store.WriteAsync<string>(
            caller,
            async transaction =>
            {
                if (await transaction.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
                }

                if (service.IsInvitee)
                {
                    return Refusal.NotCreator.Because($"{service.Name} was created as an invitee");
                }

                if ((await work(transaction, service)).IsRefused(out var refusal, out var done))
                {
                    return refusal;
                }

                var operation = operationIds.Finished(OperationType.JoinChannel, service, done, "Channel", "Register who is in the channel", clock.GetUtcNow());
                await transaction.AddAsync(operation, cancellationToken);
                return operation.Id;
            },
            cancellationToken);

    private static Refusal NoChannel(Service service, string channelName) =>
        Refusal.ChannelNotFound.Because($"service {service.Name} has no channel {Refusal.Quote(channelName)}");
}
