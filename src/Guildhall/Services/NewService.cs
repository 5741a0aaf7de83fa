using System.Collections.Immutable;

namespace Guildhall.Services;

/// <summary>A service as it is asked for; what only the cloud's infrastructure needs is left out.</summary>
/// <param name="BlockchainType">Null for the default: an invitee takes its inviter's, a creator <c>private</c>.</param>
/// <param name="FabricVersion">Null for the default, likewise.</param>
/// <param name="Consensus">Null for the default, likewise.</param>
/// <param name="SignAlgorithm">Null for the default, likewise.</param>
/// <param name="Organizations">Empty for the default: one organization with one peer.</param>
/// <param name="Channels">Empty for the default: a creator's <c>channel</c> with all organizations; an invitee has none.</param>
/// <param name="Invitation">Whose invitation an invitee's service is created for; null for a creator's.</param>
public sealed record NewService(
    string Name,
    Edition Edition,
    string? BlockchainType,
    string? FabricVersion,
    string? Consensus,
    string? SignAlgorithm,
    string DatabaseType,
    string ClusterType,
    bool TrustedComputing,
    ImmutableArray<Organization> Organizations,
    ImmutableArray<NewChannel> Channels,
    InvitingService? Invitation)
{
    private const string DefaultType = "private";
    private const string DefaultAlgorithm = "ECDSA";
    private static readonly Organization DefaultOrganization = new("organization", 1);

    /// <summary>The organizations, the default included.</summary>
    public ImmutableArray<Organization> AllOrganizations => Organizations.IsEmpty ? [DefaultOrganization] : Organizations;

    /// <summary>The channels, the default included.</summary>
    public ImmutableArray<NewChannel> AllChannels => this switch
    {
        { Channels.IsEmpty: false } => Channels,
        { Invitation: not null } => [],
        _ => [new NewChannel("channel", "", [.. AllOrganizations.Select(organization => organization.Name)])],
    };

    /// <summary>What an invitee will have to share with its inviter; defaults come from there.</summary>
    /// <param name="inviter">Null for a creator.</param>
    public Traits TraitsBeside(Traits? inviter)
    {
        var version = FabricVersion ?? inviter?.FabricVersion ?? FabricVersions.Default;
        return new Traits(
            BlockchainType ?? inviter?.BlockchainType ?? DefaultType,
            Consensus ?? inviter?.Consensus ?? FabricVersions.ConsensusOf(version)[0],
            SignAlgorithm ?? inviter?.SignAlgorithm ?? DefaultAlgorithm,
            Edition,
            version);
    }
}

/// <summary>A channel to create, and the service's organizations that begin in it, with all their peers.</summary>
public sealed record NewChannel(string Name, string Description, ImmutableArray<string> Organizations);

/// <summary>The service that an invited tenant says it was invited by.</summary>
public sealed record InvitingService(string AccountId, string ProjectId, string ServiceId);
