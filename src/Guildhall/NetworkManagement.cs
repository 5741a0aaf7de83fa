using System.Collections.Immutable;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Sealing;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>What services are on their Fabric networks. Everything is looked at before it is taken in. Safe for concurrent use.</summary>
public sealed class NetworkManagement(Store store, TimeProvider clock, NetworkSettings settings, Nodes nodes, Limits limits)
{
    /// <summary>How often nodes are asked for one request, where the service is changed meanwhile.</summary>
    private const int MostTurns = 3;

    /// <summary>Says that what was looked at is not what is attached. No caller hears it.</summary>
    private static readonly Refusal ServiceChanged = new(0, "", "The service was changed while its nodes were asked.", Rank: int.MaxValue, Remedy: "");

    private readonly AttachmentInspection inspection = new(settings, nodes, clock);

    /// <summary>Attaches a service of the caller's project, in place of what it was attached to before; what fails keeps everything as it was.</summary>
    /// <param name="onlyCheck">Whether to look and to change nothing.</param>
    /// <param name="progress">Is told each check as soon as it is done.</param>
    /// <param name="looks">Asked for one before nodes are.</param>
    public async Task<Result<AttachmentReport>> AttachAsync(
        Caller caller, string serviceId, AttachmentRequest request, bool onlyCheck, Action<AttachmentCheck>? progress, ILooks looks, CancellationToken cancellationToken)
    {
        // Before anything is looked at: what nodes say now is no matter of a request that was done.
        if (!onlyCheck && await store.RecallAsync<AttachmentReport>(caller, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        for (var turn = 1; ; turn++)
        {
            var attached = await AttachOnceAsync(caller, serviceId, request, onlyCheck, progress, looks, cancellationToken);
            if (!attached.IsRefused(out var refusal) || refusal != ServiceChanged)
            {
                return attached;
            }

            if (turn == MostTurns)
            {
                return Refusal.Busy.Because($"service {Refusal.Quote(serviceId)} was changed each time its nodes were asked");
            }
        }
    }

    private async Task<Result<AttachmentReport>> AttachOnceAsync(
        Caller caller, string serviceId, AttachmentRequest request, bool onlyCheck, Action<AttachmentCheck>? progress, ILooks looks, CancellationToken cancellationToken)
    {
        if ((await store.ReadAsync(session => FindAsync(session, caller, serviceId, cancellationToken), cancellationToken)).IsRefused(out var refusal, out var found))
        {
            return refusal;
        }

        if (WhyNot(request.Automatic ?? []) is { } unfitTime)
        {
            return unfitTime;
        }

        using var seal = onlyCheck || !request.HasKeys ? DataKey.New(found.Service.AccountId, number: 0) : await OpenDataKeyAsync(found.Service.AccountId, cancellationToken);
        if ((await inspection.RunAsync(found.ToAttached(), request, progress, looks, seal, cancellationToken)).IsRefused(out refusal, out var inspected))
        {
            return refusal;
        }

        if (inspected.Attachment is not { } attachment || onlyCheck)
        {
            return inspected.Report;
        }

        var saved = await store.WriteAsync<AttachmentReport>(
            caller,
            async transaction =>
            {
                if ((await FindAsync(transaction, caller, serviceId, cancellationToken)).IsRefused(out var gone, out var current))
                {
                    return gone;
                }

                if (!current.IsSameAs(found))
                {
                    return ServiceChanged;
                }

                if (Scaled(current, inspected).IsRefused(out var unfit, out var service))
                {
                    return unfit;
                }

                if (service != current.Service)
                {
                    await transaction.SaveAsync(service, cancellationToken);
                }

                var kept = await transaction.SaveAsync(attachment, cancellationToken);
                foreach (var (channelName, first) in inspected.Chains)
                {
                    await transaction.BindAnewAsync(new NetworkBinding(service.Id, channelName, first, OtherHash: null, attachment.AttachedAt), cancellationToken);
                }

                if (request.Automatic is { } automatic)
                {
                    await transaction.SaveAsync(service.Id, new AutomaticSignatures(automatic, clock.GetUtcNow()), cancellationToken);
                }

                return new AttachmentReport([.. inspected.Report.Checks, .. AttachmentCheck.OfUnproven(kept)]);
            },
            cancellationToken);
        if (saved.IsRefused(out refusal, out var report))
        {
            return refusal;
        }

        foreach (var check in report.Checks.Skip(inspected.Report.Checks.Length))
        {
            progress?.Invoke(check);
        }

        return report;
    }

    /// <summary>What the service is attached as. The keys in it are sealed.</summary>
    public Task<Result<Attachment>> ShowAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<Attachment>>(
            async session =>
            {
                if (await session.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
                }

                return await session.FindAttachmentAsync(service.Id, cancellationToken) is { } attachment ? attachment : Refusal.NotAttached.Because(service.Name);
            },
            cancellationToken);

    /// <summary>What is said about the signing of a service that is attached: what it signs without being asked, and which chains its channels are.</summary>
    public Task<AttachedSigning> ShowSigningAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session => await session.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is { } service
                ? new AttachedSigning(await session.FindAutomaticAsync(service.Id, cancellationToken), [.. await session.ListBindingsAsync(service.Id, cancellationToken)])
                : new AttachedSigning(AutomaticSignatures.NeverSet, []),
            cancellationToken);

    /// <summary>Says for which changes of others the service's kept keys sign without being asked, in place of what was said before; for none, where there are none.</summary>
    public Task<Result<Done>> SetAutomaticAsync(Caller caller, string serviceId, ImmutableArray<AutomaticChannel> automatic, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            caller,
            async transaction =>
            {
                if (await transaction.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
                }

                if (WhyNot(automatic) is { } wrong)
                {
                    return wrong;
                }

                if (await transaction.FindAttachmentAsync(service.Id, cancellationToken) is null)
                {
                    return Refusal.NotAttached.Because(service.Name);
                }

                await transaction.SaveAsync(service.Id, new AutomaticSignatures(automatic, clock.GetUtcNow()), cancellationToken);
                return new Done();
            },
            cancellationToken);

    /// <summary>What came of holding the service's channels against the register; those that were not looked at yet are not among them.</summary>
    public Task<List<WatchedChannel>> ListWatchedAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        store.ReadAsync<List<WatchedChannel>>(
            async session => await session.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is { } service
                ? await session.ListWatchedAsync(service.Id, cancellationToken)
                : [],
            cancellationToken);

    /// <summary>Forgets what the service is on its network, and the keys with it. Nothing changes on the network. A service that is not attached stays so.</summary>
    public Task<Result<Done>> DetachAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            caller,
            async transaction =>
            {
                if (await transaction.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
                }

                await transaction.DetachAsync(service.Id, cancellationToken);
                return new Done();
            },
            cancellationToken);

    private async Task<DataKey> OpenDataKeyAsync(string accountId, CancellationToken cancellationToken)
    {
        DataKey? opened = null;
        return await store.WriteOwnAsync(
            async transaction =>
            {
                opened?.Dispose();
                return opened = await transaction.OpenDataKeyAsync(store.Keys, accountId, clock.GetUtcNow(), cancellationToken);
            },
            cancellationToken);
    }

    private Refusal? WhyNot(ImmutableArray<AutomaticChannel> automatic)
    {
        var now = clock.GetUtcNow();
        return automatic.FirstOrDefault(one => one.Until <= now || one.Until > now + AutomaticChannel.Longest) is { } wrong
            ? Refusal.ParameterInvalid.Because($"until of channel {Refusal.Quote(wrong.ChannelName)} must be in the future, and within a year")
            : null;
    }

    /// <summary>The service with as many peers as its connection profile lists for each organization.</summary>
    private Result<Service> Scaled(FoundService found, Inspected inspected)
    {
        var counts = inspected.Attachment!.Organizations
            .Select(organization => new Organization(organization.Name, inspected.Profile!.PeersOf(organization.Msp.MspId).Length))
            .Where(organization => organization.NodeCount > 0 && !found.Service.Organizations.Contains(organization))
            .ToImmutableArray();
        return counts.IsEmpty ? found.Service : new OrganizationChange(counts, IsRemoval: false).ApplyTo(found.Service, found.Channels, found.Serving, limits);
    }

    private static async Task<Result<FoundService>> FindAsync(Session session, Caller caller, string serviceId, CancellationToken cancellationToken)
    {
        if (await session.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is not { } service)
        {
            return Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
        }

        return new FoundService(
            service,
            await session.ListChannelsAsync(service.Id, cancellationToken),
            await session.ListServedByServiceAsync(service.Id, cancellationToken));
    }

    private sealed record FoundService(Service Service, List<Channel> Channels, List<Membership> Serving)
    {
        /// <summary>Whether nothing changed of what the inspection is told.</summary>
        public bool IsSameAs(FoundService other) =>
            Service.Organizations.Select(one => one.Name).SequenceEqual(other.Service.Organizations.Select(one => one.Name))
            && PeersIn(Channels).SequenceEqual(PeersIn(other.Channels));

        private static IEnumerable<string> PeersIn(List<Channel> channels) => channels.SelectMany(channel => channel.Peers.Select(peer => $"{channel.Name} {peer.Name}").Prepend(channel.Name));

        public AttachedService ToAttached() => new(
            Service.Id,
            Service.Name,
            Service.AccountName,
            Service.IsInvitee,
            [.. Service.Organizations.Select(organization => organization.Name)],
            [.. Channels.Select(channel => (channel.Name, channel.Peers.Select(peer => peer.Name).ToImmutableArray()))]);
    }
}
