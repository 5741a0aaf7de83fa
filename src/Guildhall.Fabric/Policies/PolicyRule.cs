using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>What a policy asks for, with its references resolved: a tree of counts over principals.</summary>
public abstract record PolicyRule
{
    private protected PolicyRule()
    {
    }

    /// <summary>In words, such as "any 2 of Org1, Org2, Org3". Of a long rule only the beginning is told.</summary>
    public string Words => PolicyWords.Of(this);

    internal bool IsMetBy(IReadOnlyList<Signer> signers) =>
        new Evaluation(signers, [], new Budget(Evaluation.MaxSteps, CancellationToken.None)).Meets(this);
}

/// <summary>Somebody of an organization, with a role, of a unit, or with one exact certificate.</summary>
/// <param name="IsOnChannel">Whether the channel has this organization. When not, nobody can be this.</param>
public sealed record PrincipalRule(string MspId, MspRole Role, string? Unit, string? CertificatePem, bool IsOnChannel) : PolicyRule
{
    /// <summary>Whether every member of the organization is this.</summary>
    internal bool IsAnyMember => this is { Role: MspRole.Member, Unit: null, CertificatePem: null };

    internal bool Fits(Signer signer) =>
        IsOnChannel && signer.MspId == MspId && signer.Roles.Contains(Role) && (Unit is null || signer.Units.Contains(Unit)) && (CertificatePem is null || CertificatePem.Trim() == signer.CertificatePem.Trim());

    /// <summary>Whether somebody of whom nothing else is known than that other principal is this as well: an administrator is a member too.</summary>
    internal bool Includes(PrincipalRule other) => IsOnChannel && MspId == other.MspId && (IsAnyMember || Equals(other));
}

/// <summary>So many of several.</summary>
/// <param name="OneEach">Whether one signature may count for several of them, as where a policy asks organizations for theirs.</param>
public sealed record CountRule(int Count, ImmutableArray<PolicyRule> Of, bool OneEach) : PolicyRule
{
    public bool Equals(CountRule? other) =>
        ReferenceEquals(this, other) || (other is not null && Count == other.Count && OneEach == other.OneEach && Of.SequenceEqual(other.Of));

    public override int GetHashCode() => HashCode.Combine(Count, OneEach, Of.Length, Of.IsEmpty ? null : Of[0], Of.IsEmpty ? null : Of[^1] as PrincipalRule);
}

/// <summary>A policy that nobody can meet, because it is not there or is of a kind that this library does not know.</summary>
public sealed record NeverRule(string Why) : PolicyRule;
