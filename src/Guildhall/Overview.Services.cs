using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>One of a service's own channels with the first of its members.</summary>
/// <param name="First">Who is in before who is on the way, who is asked and who is gone, and by name.</param>
public sealed record ChannelOverview(Service Service, Channel Channel, IReadOnlyList<Membership> First, MemberCounts Counts);

/// <summary>A service and how many members it has.</summary>
public sealed record ServiceOverview(ServiceView View, MemberCounts Members);

// Services: however many members one has, they are counted and the first of them shown.
public sealed partial class Overview
{
    /// <summary>All services of the project, oldest first, each with a few of its members counted.</summary>
    public Task<List<ServiceOverview>> ListServicesAsync(Caller caller, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var found = new List<ServiceOverview>();
                foreach (var service in await session.ListServicesAsync(caller.ProjectId, cancellationToken))
                {
                    var view = await session.ViewOfAsync(service, cancellationToken);
                    found.Add(new ServiceOverview(view, await session.CountMembersAsync(service.Id, channelName: null, MemberCounts.Few, cancellationToken)));
                }

                return found;
            },
            cancellationToken);

    /// <summary>A service, with a few of the members of each of its channels counted, by the channel's name.</summary>
    public Task<Result<(ServiceView View, IReadOnlyDictionary<string, MemberCounts> Members)>> ShowServiceAsync(
        Caller caller, string serviceId, CancellationToken cancellationToken) =>
        WithServiceAsync<(ServiceView, IReadOnlyDictionary<string, MemberCounts>)>(
            caller,
            serviceId,
            async (session, view) =>
            {
                var counted = new Dictionary<string, MemberCounts>();
                foreach (var channel in view.Own)
                {
                    counted[channel.Name] = await session.CountMembersAsync(serviceId, channel.Name, MemberCounts.Few, cancellationToken);
                }

                return (view, counted);
            },
            cancellationToken);

    /// <summary>A service, with all of its members counted, as far as <see cref="Reach"/> goes.</summary>
    public Task<Result<ServiceOverview>> CountMembersAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        WithServiceAsync(
            caller,
            serviceId,
            async (session, view) => new ServiceOverview(view, await session.CountMembersAsync(serviceId, channelName: null, Reach.Rows, cancellationToken)),
            cancellationToken);

    /// <summary>The same, with the first members of each channel.</summary>
    public Task<Result<(ServiceOverview Service, IReadOnlyList<Membership> First)>> ShowLosingAsync(
        Caller caller, string serviceId, CancellationToken cancellationToken) =>
        WithServiceAsync<(ServiceOverview, IReadOnlyList<Membership>)>(
            caller,
            serviceId,
            async (session, view) =>
            {
                var each = Math.Max(1, MostShown / Math.Max(1, view.Own.Count));
                var first = new List<Membership>();
                foreach (var channel in view.Own)
                {
                    first.AddRange(await session.ListFirstMembersAsync(serviceId, channel.Name, onlyJoined: false, each, cancellationToken));
                }

                return (new ServiceOverview(view, await session.CountMembersAsync(serviceId, channelName: null, Reach.Rows, cancellationToken)), first);
            },
            cancellationToken);

    /// <summary>One of a service's own channels.</summary>
    public Task<Result<ChannelOverview>> ShowChannelAsync(Caller caller, string serviceId, string channelName, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<ChannelOverview>>(
            async session =>
            {
                if (await session.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
                }

                if (await session.FindChannelAsync(serviceId, channelName, cancellationToken) is not { } channel)
                {
                    return Refusal.ChannelNotFound.Because($"service {service.Name} has no channel {Refusal.Quote(channelName)}");
                }

                return new ChannelOverview(
                    service,
                    channel,
                    await session.ListFirstMembersAsync(serviceId, channelName, onlyJoined: false, MostShown, cancellationToken),
                    await session.CountMembersAsync(serviceId, channelName, Reach.Rows, cancellationToken));
            },
            cancellationToken);

    private Task<Result<T>> WithServiceAsync<T>(Caller caller, string serviceId, Func<Session, ServiceView, Task<T>> show, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<T>>(
            async session => await session.FindServiceViewAsync(caller.ProjectId, serviceId, cancellationToken) is { } view
                ? await show(session, view)
                : Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId)),
            cancellationToken);
}
