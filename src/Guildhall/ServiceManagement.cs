using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>The operations on services and their organizations, and the lists around them. Nothing is deployed: the register is all they change.</summary>
public sealed class ServiceManagement(Store store, TimeProvider clock, OperationIds operationIds, MemberManagement members, Limits limits)
{
    /// <summary>CreateNewBlockchain: registers a service, its organizations and its first channels.</summary>
    public Task<Result<RegisteredService>> CreateAsync(Caller caller, NewService wanted, CancellationToken cancellationToken) =>
        store.WriteAsync<RegisteredService>(
            caller,
            async transaction =>
            {
                Service? inviter = null;
                if (wanted.Invitation is { } invitation)
                {
                    inviter = await FindOpenInviterAsync(transaction, caller, invitation, cancellationToken);
                    if (inviter is null)
                    {
                        return Refusal.ServiceNotFound.Because(Refusal.Quote(invitation.ServiceId));
                    }
                }

                // Two at once cannot both find the name free: the unique key sends the second one round again.
                var existing = await transaction.ListServiceNamesAsync(caller.ProjectId, cancellationToken);
                if (CreatingRules.WhyNot(wanted, inviter, existing, limits) is { } refusal)
                {
                    return refusal;
                }

                var service = Register(caller, wanted, inviter);
                await transaction.AddAsync(service, cancellationToken);
                foreach (var channel in wanted.AllChannels)
                {
                    var peers = service.Organizations.Where(organization => channel.Organizations.Contains(organization.Name));
                    await transaction.AddAsync(service.Id, new Channel(channel.Name, channel.Description, service.CreatedAt, [.. peers]), cancellationToken);
                }

                var operation = operationIds.Finished(
                    OperationType.Create, service, $"Create service {service.Name}", "Registration", "Register the service and its channels", service.CreatedAt);
                await transaction.AddAsync(operation, cancellationToken);
                return new RegisteredService(service.Id, service.Name, operation.Id);
            },
            cancellationToken);

    /// <summary>UpdateInstance: adds, scales or removes organizations.</summary>
    public Task<Result<string>> ChangeOrganizationsAsync(
        Caller caller, string serviceId, OrganizationChange change, CancellationToken cancellationToken) =>
        store.WriteAsync<string>(
            caller,
            async transaction =>
            {
                if (await transaction.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
                }

                var channels = await transaction.ListChannelsAsync(service.Id, cancellationToken);
                var serving = await transaction.ListServedByServiceAsync(service.Id, cancellationToken);
                if (change.ApplyTo(service, channels, serving, limits).IsRefused(out var refusal, out var changed))
                {
                    return refusal;
                }

                await transaction.SaveAsync(changed, cancellationToken);
                var isAddition = changed.Organizations.Length > service.Organizations.Length;
                var names = string.Join(", ", change.Organizations.Select(organization => organization.Name));
                var operation = operationIds.Finished(
                    isAddition ? OperationType.AddOrganization : OperationType.ScaleOrganization,
                    service,
                    $"{(isAddition ? "Add" : change.IsRemoval ? "Remove" : "Scale")} {names}",
                    "Organizations",
                    "Register the organizations and their peers",
                    clock.GetUtcNow());
                await transaction.AddAsync(operation, cancellationToken);
                return operation.Id;
            },
            cancellationToken);

    /// <summary>DeleteBlockchain: ends the service with everything that hangs on it, its keys among them. What it had joined is left, by the worker where there is a channel.</summary>
    public Task<Result<string>> DeleteAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        store.WriteAsync<string>(
            caller,
            async transaction =>
            {
                if (await transaction.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
                }

                await members.LetGoAsync(transaction, service, cancellationToken);
                var now = clock.GetUtcNow();
                await transaction.SaveAsync(service with { DeletedAt = now }, cancellationToken);
                await transaction.TakeKeysAsync(Party.Of(service), cancellationToken);
                var operation = operationIds.Finished(
                    OperationType.Delete, service, $"Delete service {service.Name}", "Deregistration", "End its invitations and memberships", now);
                await transaction.AddAsync(operation, cancellationToken);
                return operation.Id;
            },
            cancellationToken);

    /// <summary>ListBlockchains: the project's services, oldest first, and how many there are on all pages.</summary>
    public Task<(List<Service> Services, int Count)> ListAsync(Caller caller, string? after, int? limit, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var services = await session.ListServicesAsync(caller.ProjectId, after, limit, cancellationToken);
                var isWhole = after is null && limit is null;
                return (services, isWhole ? services.Count : await session.CountServicesAsync(caller.ProjectId, cancellationToken));
            },
            cancellationToken);

    /// <summary>ShowBlockchainStatus, and whatever needs no more than the service itself.</summary>
    public Task<Result<Service>> FindAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<Service>>(
            async session => await session.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is { } service
                ? service
                : Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId)),
            cancellationToken);

    /// <summary>ShowBlockchainDetail and its neighbours: the service with its channels.</summary>
    public Task<Result<ServiceView>> ShowAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<ServiceView>>(
            async session => await session.FindServiceViewAsync(caller.ProjectId, serviceId, cancellationToken) is { } view
                ? view
                : Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId)),
            cancellationToken);

    /// <summary>The next of those who are in one of the service's own channels, by the name of their accounts. Who is not in it is passed over.</summary>
    /// <param name="view">As it was shown to the caller.</param>
    /// <param name="after">The name of the last account that was seen; empty to begin.</param>
    public Task<Piece<PresentMember, string>> ReadPresentAsync(ServiceView view, string channelName, string after, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.ReadPresentAsync(view.Service.Id, channelName, after, cancellationToken), cancellationToken);

    /// <summary>ListOpRecord: the next of the project's operations, oldest first.</summary>
    /// <param name="after">The place of the last one that was seen; null to begin.</param>
    public Task<Piece<Operation, OperationPlace>> ReadOperationsAsync(
        Caller caller, OperationFilter filter, OperationPlace? after, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.ReadOperationsAsync(caller.ProjectId, filter, after, limit, cancellationToken), cancellationToken);

    /// <summary>The operation's place in that order; null where the project has none of that id.</summary>
    public Task<OperationPlace?> FindOperationPlaceAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.FindOperationPlaceAsync(caller.ProjectId, id, cancellationToken), cancellationToken);

    /// <summary>How many operations the filter shows on all pages.</summary>
    public Task<Counted> CountOperationsAsync(Caller caller, OperationFilter filter, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.CountOperationsAsync(caller.ProjectId, filter, cancellationToken), cancellationToken);

    /// <summary>ListQuotas: how many services the project has.</summary>
    public Task<int> CountAsync(Caller caller, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.CountServicesAsync(caller.ProjectId, cancellationToken), cancellationToken);

    /// <summary>The inviter's service, if it holds a place open for the caller; any other does not exist for the caller.</summary>
    private static async Task<Service?> FindOpenInviterAsync(
        Transaction transaction, Caller caller, InvitingService invitation, CancellationToken cancellationToken)
    {
        var inviter = await transaction.FindServiceAsync(invitation.ProjectId, invitation.ServiceId, cancellationToken);
        if (inviter is null || inviter.AccountId != invitation.AccountId)
        {
            return null;
        }

        return await transaction.HasPlaceAsync(inviter.Id, caller.AccountName, caller.ProjectId, cancellationToken) ? inviter : null;
    }

    private Service Register(Caller caller, NewService wanted, Service? inviter) => new(
        Guid.NewGuid().ToString(),
        caller.AccountId,
        caller.AccountName,
        caller.ProjectId,
        wanted.Name,
        wanted.TraitsBeside(inviter?.Traits),
        inviter is not null,
        wanted.DatabaseType,
        wanted.ClusterType,
        wanted.TrustedComputing,
        clock.GetUtcNow(),
        DeletedAt: null,
        wanted.AllOrganizations);
}
