using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>Whether an identity is of an organization, and with which roles; or why it is not.</summary>
public sealed record IdentityCheck(Signer? Signer, IdentityProblem? Problem, string? Words)
{
    internal static IdentityCheck Good(Signer signer) => new(signer, null, null);

    internal static IdentityCheck Refused(IdentityProblem problem, string words) => new(null, problem, words);
}

public enum IdentityProblem
{
    Unreadable,
    NotAMember,
    KeyNotSupported,
    Expired,
    NotYetValid,
    Revoked,
}

/// <summary>What an identity may be in its organization.</summary>
public enum MspRole
{
    Member = 0,
    Admin = 1,
    Client = 2,
    Peer = 3,
    Orderer = 4,
}

/// <summary>Someone whose identity has been checked.</summary>
/// <param name="Roles">What it is in the organization; always a member.</param>
/// <param name="Units">The organizational units of its certificate.</param>
public sealed record Signer(string MspId, ImmutableHashSet<MspRole> Roles, ImmutableArray<string> Units, string CertificatePem)
{
    public bool IsAdmin => Roles.Contains(MspRole.Admin);
}
