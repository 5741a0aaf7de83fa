using System.Collections.Immutable;

namespace Guildhall.Services;

/// <summary>A tenant's service (the reference also says instance and blockchain): what it brings to a consortium.</summary>
/// <param name="Id">The <c>bcs_id</c>, also <c>blockchain_id</c>: 8-4-4-4-12 lower hex.</param>
/// <param name="IsInvitee">True for a service created by an invited tenant (<c>deploy_type</c> <c>invite</c>): it joins channels and has none of its own.</param>
/// <param name="TrustedComputing"><c>tc3_need</c> when creating, <c>tcs_need</c> in ListMembers.</param>
public sealed record Service(
    string Id,
    string AccountId,
    string AccountName,
    string ProjectId,
    string Name,
    Traits Traits,
    bool IsInvitee,
    string DatabaseType,
    string ClusterType,
    bool TrustedComputing,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DeletedAt,
    ImmutableArray<Organization> Organizations);

/// <summary>What an invitee's service must share with its inviter's.</summary>
/// <param name="BlockchainType"><c>union</c> or <c>private</c>.</param>
/// <param name="Consensus">Lower case, as the detail page prints it: <c>etcdraft</c>, <c>sflic</c>, <c>solo</c>, <c>kafka</c>.</param>
/// <param name="SignAlgorithm"><c>ECDSA</c> or <c>sm2</c>.</param>
/// <param name="Edition">The reference's <c>version_type</c>.</param>
public sealed record Traits(string BlockchainType, string Consensus, string SignAlgorithm, Edition Edition, string FabricVersion)
{
    public const string Union = "union";

    /// <summary>What keeps the invitee's service out, in words; null when they match.</summary>
    public string? DifferenceTo(Traits inviter) => this switch
    {
        _ when BlockchainType != inviter.BlockchainType => Differ("blockchain type", BlockchainType, inviter.BlockchainType),
        _ when Consensus != inviter.Consensus => Differ("consensus", Consensus, inviter.Consensus),
        _ when SignAlgorithm != inviter.SignAlgorithm => Differ("signature algorithm", SignAlgorithm, inviter.SignAlgorithm),
        _ when Edition != inviter.Edition => Differ("edition", Edition.ToString(), inviter.Edition.ToString()),
        _ when FabricVersion != inviter.FabricVersion => Differ("Fabric version", FabricVersion, inviter.FabricVersion),
        _ => null,
    };

    private static string Differ(string trait, string mine, string theirs) => $"its {trait} is {mine}, the inviter's is {theirs}";
}

/// <summary>An organization of a service and the number of its peers.</summary>
public sealed record Organization(string Name, int NodeCount);

/// <summary>A channel of a service, and how many peers of each of the service's own organizations take part.</summary>
public sealed record Channel(string Name, string Description, DateTimeOffset CreatedAt, ImmutableArray<Organization> Peers);
