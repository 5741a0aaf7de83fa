using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

/// <summary>
/// Fabric's own way of going through a policy, step by step as its orderers do it (common/cauthdsl and common/policies of Fabric 2.5): slow, and the law
/// that ours is held against.
/// </summary>
internal static class FabricEvaluator
{
    public static bool Meets(IEnumerable<PolicyRule> rules, IReadOnlyList<Signer> signers) => rules.All(rule => Evaluate(rule, signers, new bool[signers.Count]));

    private static bool Evaluate(PolicyRule rule, IReadOnlyList<Signer> signers, bool[] used) => rule switch
    {
        PrincipalRule principal => SignedBy(principal, signers, used),
        CountRule { OneEach: true } meta => meta.Of.Count(one => Evaluate(one, signers, new bool[signers.Count])) >= meta.Count,
        CountRule gate => NOutOf(gate, signers, used),
        _ => false,
    };

    private static bool NOutOf(CountRule gate, IReadOnlyList<Signer> signers, bool[] used)
    {
        var verified = 0;
        foreach (var one in gate.Of)
        {
            var tried = (bool[])used.Clone();
            if (Evaluate(one, signers, tried))
            {
                verified++;
                tried.CopyTo(used, 0);
            }
        }

        return verified >= gate.Count;
    }

    private static bool SignedBy(PrincipalRule principal, IReadOnlyList<Signer> signers, bool[] used)
    {
        for (var i = 0; i < signers.Count; i++)
        {
            if (!used[i] && principal.Fits(signers[i]))
            {
                return used[i] = true;
            }
        }

        return false;
    }
}
