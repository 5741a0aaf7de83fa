using Guildhall.Memberships;

namespace Guildhall.Services;

/// <summary>With which service an invitee may join whom.</summary>
public static class AgreeingRules
{
    /// <summary>Why the service cannot join with these organizations; null when it can.</summary>
    /// <param name="serving">The memberships the service serves already.</param>
    public static Refusal? WhyNot(Service service, Service inviter, IEnumerable<Membership> serving, IEnumerable<string> organizations)
    {
        foreach (var name in organizations)
        {
            if (!service.Organizations.Any(organization => organization.Name == name))
            {
                return Refusal.OrganizationNotFound.Because($"service {service.Name} has no organization {Refusal.Quote(name)}");
            }
        }

        if (service.Traits.DifferenceTo(inviter.Traits) is { } difference)
        {
            return Refusal.ServiceMismatch.Because(difference);
        }

        return serving.FirstOrDefault(membership => membership.Inviter.AccountId != inviter.AccountId) is { } other
            ? Refusal.ServiceTaken.Because($"{service.Name} serves {other.Inviter.AccountName}")
            : null;
    }
}
