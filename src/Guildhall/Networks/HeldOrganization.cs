using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>An organization with which a membership is on its channel, or is on the way there. It stays what it was when the join began, whatever is attached later.</summary>
/// <param name="Name">As the member's service calls it.</param>
/// <param name="JoinedAt">When it was seen on the channel; null when it was not yet.</param>
public sealed record HeldOrganization(string Name, MspDefinition Msp, DateTimeOffset? JoinedAt)
{
    /// <summary>Whether the channel's organization of this MSP id is this one: until it has joined the same MSP, and afterwards one that has renewed its certificates.</summary>
    public bool IsSameAs(MspDefinition onChannel) =>
        Msp.Equals(onChannel) || (JoinedAt is not null && Msp.RootCertificates.Intersect(onChannel.RootCertificates, StringComparer.Ordinal).Any());
}
