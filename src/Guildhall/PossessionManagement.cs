using System.Collections.Immutable;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>Whose attached organizations are: those whose administrator has signed for it. Safe for concurrent use.</summary>
/// <param name="networks">Certificates are judged by it.</param>
public sealed class PossessionManagement(Store store, TimeProvider clock, CallersClock networks)
{
    /// <summary>Makes a challenge for an organization that the service has attached, in place of an earlier one.</summary>
    public Task<Result<PossessionChallenge>> ChallengeAsync(Caller caller, string serviceId, string organization, CancellationToken cancellationToken) =>
        store.WriteAsync<PossessionChallenge>(
            caller,
            async transaction =>
            {
                if ((await FindAsync(transaction, caller, serviceId, organization, cancellationToken)).IsRefused(out var refusal, out var found))
                {
                    return refusal;
                }

                var challenge = PossessionChallenge.New(Party.Of(found.Service), found.Organization, clock.GetUtcNow());
                await transaction.SaveAsync(found.Service.Id, challenge, cancellationToken);
                return challenge;
            },
            cancellationToken);

    /// <summary>The challenges that can be answered.</summary>
    public Task<ImmutableArray<PossessionChallenge>> ListAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        store.ReadAsync<ImmutableArray<PossessionChallenge>>(
            async session => await session.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is { } service
                ? [.. (await session.ListChallengesAsync(service.Id, cancellationToken)).Where(one => one.Until >= clock.GetUtcNow())]
                : [],
            cancellationToken);

    /// <summary>Takes the signature of the challenge. It counts where Fabric would take its certificate for an administrator's of the organization.</summary>
    public Task<Result<Done>> ProveAsync(Caller caller, string serviceId, string organization, string certificatePem, byte[] signature, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            caller,
            async transaction =>
            {
                if ((await FindAsync(transaction, caller, serviceId, organization, cancellationToken)).IsRefused(out var refusal, out var found))
                {
                    return refusal;
                }

                if ((await transaction.ListChallengesAsync(found.Service.Id, cancellationToken)).Find(one => one.Organization == organization) is not { } challenge || challenge.Until < clock.GetUtcNow())
                {
                    return Refusal.PossessionUnproven.Because("there is no challenge for the organization, or its time is over; ask for a new one");
                }

                if (challenge.WhyNot(found.Organization.Msp, certificatePem, signature, networks.Time.GetUtcNow()) is { } why)
                {
                    return Refusal.PossessionUnproven.Because($"the signature does not count: {why}");
                }

                await transaction.SaveProvenAsync(found.Service.Id, organization, clock.GetUtcNow(), cancellationToken);
                return new Done();
            },
            cancellationToken);

    private static async Task<Result<(Service Service, AttachedOrganization Organization)>> FindAsync(
        Session session, Caller caller, string serviceId, string organization, CancellationToken cancellationToken)
    {
        if (await session.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is not { } service)
        {
            return Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
        }

        if (await session.FindAttachmentAsync(service.Id, cancellationToken) is not { } attachment)
        {
            return Refusal.NotAttached.Because(service.Name);
        }

        return attachment.Find(organization) is { } found
            ? (service, found)
            : Refusal.OrganizationNotFound.Because($"service {service.Name} has attached no organization {Refusal.Quote(organization)}");
    }
}
