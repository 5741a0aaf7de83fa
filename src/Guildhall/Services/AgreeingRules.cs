using Guildhall.Memberships;

namespace Guildhall.Services;

/// <summary>With which service an invitee may join whom.</summary>
public static class AgreeingRules
{
    /// <summary>Why the service cannot join with these organizations; null when it can.</summary>
    /// <param name="otherServed">Another account than the inviter that the service serves already; null when it serves none.</param>
    public static Refusal? WhyNot(Service service, Service inviter, string? otherServed, IEnumerable<string> organizations)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in organizations)
        {
            if (!seen.Add(name))
            {
                return Refusal.ParameterInvalid.Because($"organization {Refusal.Quote(name)} is named twice");
            }

            if (!service.Organizations.Any(organization => organization.Name == name))
            {
                return Refusal.OrganizationNotFound.Because($"service {service.Name} has no organization {Refusal.Quote(name)}");
            }
        }

        if (service.Traits.DifferenceTo(inviter.Traits) is { } difference)
        {
            return Refusal.ServiceMismatch.Because(difference);
        }

        return otherServed is null ? null : Refusal.ServiceTaken.Because($"{service.Name} serves {otherServed}");
    }
}
