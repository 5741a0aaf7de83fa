using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>What a policy asks for, with its references resolved: a tree of counts over principals.</summary>
public abstract record PolicyRule
{
    private protected PolicyRule()
    {
    }

    /// <summary>In words, such as "any 2 of Org1, Org2, Org3".</summary>
    public abstract string Words { get; }

    internal abstract bool IsMetBy(IReadOnlyList<Signer> signers, bool[] used);

    internal bool IsMetBy(IReadOnlyList<Signer> signers) => IsMetBy(signers, new bool[signers.Count]);
}

/// <summary>Somebody of an organization, with a role, of a unit, or with one exact certificate.</summary>
/// <param name="IsOnChannel">Whether the channel has this organization. When not, nobody can be this.</param>
public sealed record PrincipalRule(string MspId, MspRole Role, string? Unit, string? CertificatePem, bool IsOnChannel) : PolicyRule
{
    /// <remarks>An organization's name alone stands for an administrator of it, which is what nearly every policy of a change asks for.</remarks>
    public override string Words => (CertificatePem, Unit, Role) switch
    {
        ({ }, _, _) => $"one exact certificate of {MspId}",
        (_, { } unit, _) => $"{MspId} ({unit})",
        (_, _, MspRole.Admin) => MspId,
        _ => $"{MspId} ({Role.ToString().ToLowerInvariant()})",
    };

    internal bool Fits(Signer signer) =>
        IsOnChannel && signer.MspId == MspId && signer.Roles.Contains(Role) && (Unit is null || signer.Units.Contains(Unit)) && (CertificatePem is null || CertificatePem.Trim() == signer.CertificatePem.Trim());

    /// <summary>A signature counts once within one signature policy, so one that is taken is marked.</summary>
    internal override bool IsMetBy(IReadOnlyList<Signer> signers, bool[] used)
    {
        for (var i = 0; i < signers.Count; i++)
        {
            if (!used[i] && Fits(signers[i]))
            {
                return used[i] = true;
            }
        }

        return false;
    }
}

/// <summary>So many of several.</summary>
/// <param name="OneEach">Whether one signature may count for several of them, as where a policy asks organizations for theirs.</param>
public sealed record CountRule(int Count, ImmutableArray<PolicyRule> Of, bool OneEach) : PolicyRule
{
    public override string Words => (Count, Of.Length) switch
    {
        ( <= 0, _) => "nobody",
        (_, 1) when Count == 1 => Of[0].Words,
        var (count, all) when count > all => $"{count} of only {all}",
        var (count, all) when count == all => string.Join(" and ", Of.Select(Nested)),
        (1, _) => $"any one of {Listed}",
        _ => $"any {Count} of {Listed}",
    };

    private string Listed => string.Join(", ", Of.Select(Nested));

    internal override bool IsMetBy(IReadOnlyList<Signer> signers, bool[] used)
    {
        if (OneEach)
        {
            return Of.Count(rule => rule.IsMetBy(signers)) >= Count;
        }

        var met = 0;
        foreach (var rule in Of) // all of them, in order and greedily, as Fabric does it
        {
            var taken = (bool[])used.Clone();
            if (rule.IsMetBy(signers, taken))
            {
                taken.CopyTo(used, 0);
                met++;
            }
        }

        return met >= Count;
    }

    public bool Equals(CountRule? other) => other is not null && Count == other.Count && OneEach == other.OneEach && Of.SequenceEqual(other.Of);

    public override int GetHashCode() => HashCode.Combine(Count, OneEach, Of.Length);

    private static string Nested(PolicyRule rule) => rule is CountRule { Of.Length: > 1 } ? $"({rule.Words})" : rule.Words;
}

/// <summary>A policy that nobody can meet, because it is not there or is of a kind that this library does not know.</summary>
public sealed record NeverRule(string Why) : PolicyRule
{
    public override string Words => Why;

    internal override bool IsMetBy(IReadOnlyList<Signer> signers, bool[] used) => false;
}
